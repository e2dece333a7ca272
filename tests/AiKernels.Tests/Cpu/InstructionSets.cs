using System.Runtime.Intrinsics;
using AiKernels.Cpu;
using AiKernels.Cpu.Assembled;
using AiKernels.Cpu.Simd;
using AiKernels.Tests.Cpu.Assembled;
using AiKernels.Tests.Cpu.Simd;

namespace AiKernels.Tests.Cpu;

/// <summary>Backends of every instruction set, by its name.</summary>
internal static class InstructionSets
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

    public static IEnumerable<string> Names => Sets.Select(set => set.Name);

    public static CpuBackend Backend(string name, int threads) => new(threads, Sets.Single(set => set.Name == name));
}
