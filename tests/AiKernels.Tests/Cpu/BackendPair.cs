using System.Runtime.Intrinsics;
using AiKernels.Cpu;
using AiKernels.Cpu.Assembled;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;
using AiKernels.Reference;
using AiKernels.Tests.Cpu.Assembled;
using AiKernels.Tests.Cpu.Simd;

namespace AiKernels.Tests.Cpu;

/// <summary>The same operands on the reference and on a CPU backend, and the comparison of what came out, bit by bit.</summary>
internal sealed class BackendPair(string instructionSet, int threads) : IDisposable
{
    // What the machine has, and what it has not on models of the instructions: no other machine is needed for their bits.
    private static readonly InstructionSet[] Sets =
    [
        .. InstructionSet.Supported,
        new InstructionSet<Neon<NeonModel>, Vector128<byte>>("NEON in software", CpuFeatures.None),
        new InstructionSet<Scalar, int>("AVX2 in software", CpuFeatures.None, AssembledUnit.Avx2, ModelRoutine.Assemble),
        new InstructionSet<Scalar, int>("AVX-VNNI in software", CpuFeatures.None, AssembledUnit.AvxVnni, ModelRoutine.Assemble),
        new InstructionSet<Scalar, int>("AVX-512 in software", CpuFeatures.None, AssembledUnit.Avx512, ModelRoutine.Assemble),
        new InstructionSet<Scalar, int>("AVX-512 VNNI in software", CpuFeatures.None, AssembledUnit.Avx512Vnni, ModelRoutine.Assemble),
        new InstructionSet<Scalar, int>("AMX in software", CpuFeatures.None, AssembledUnit.Amx, ModelRoutine.Assemble),
    ];

    public static IEnumerable<string> InstructionSets => Sets.Select(set => set.Name);

    public ReferenceBackend Reference { get; } = new();

    public CpuBackend Cpu { get; } = new(threads, Sets.Single(set => set.Name == instructionSet));

    public (Tensor Reference, Tensor Cpu) Tensor(int rows, int columns, float[] values)
    {
        var pair = (Reference.Allocate(rows, columns), Cpu.Allocate(rows, columns));
        Reference.Write(pair.Item1, values);
        Cpu.Write(pair.Item2, values);
        return pair;
    }

    /// <summary>Columns somewhere in a wider matrix, at times.</summary>
    public (Tensor Reference, Tensor Cpu) Slice(Random random, int rows, int columns, Func<Random, int, float[]> values)
    {
        var (before, after) = random.Next(2) == 0 ? (0, 0) : (random.Next(20), random.Next(20));
        var whole = Tensor(rows, before + columns + after, values(random, rows * (before + columns + after)));
        return (whole.Reference.SliceColumns(before, columns), whole.Cpu.SliceColumns(before, columns));
    }

    public (Weight Reference, Weight Cpu) Weight(GgmlType type, int rows, int columns, byte[] stored)
    {
        var pair = (Reference.AllocateWeight(type, rows, columns), Cpu.AllocateWeight(type, rows, columns));
        Reference.Upload(pair.Item1, 0, stored);
        Cpu.Upload(pair.Item2, 0, stored);
        return pair;
    }

    public void AssertSame((Tensor Reference, Tensor Cpu) pair)
    {
        var expected = new float[pair.Reference.Rows * pair.Reference.Columns];
        var actual = new float[expected.Length];
        Reference.Read(pair.Reference, expected);
        Cpu.Read(pair.Cpu, actual);
        Bits.AssertEqual(expected, actual);
    }

    public void Dispose() => Cpu.Dispose();
}
