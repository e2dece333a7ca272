using AiKernels.Cache;
using AiKernels.Cpu;
using AiKernels.Cpu.Assembled;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>
/// A system may refuse executable pages at any time, also where it gave some before: work goes on with intrinsics then, and
/// no bit changes.
/// </summary>
public class RefusedRoutineTests
{
    private const int Rows = 40, Columns = 512, HeadLength = 32;

    public static TheoryData<string> Units => AssembledKernelTests.Units;

    [Theory]
    [MemberData(nameof(Units))]
    public void Products_have_the_same_bits(string unit)
    {
        foreach (var tokens in (int[])[1, 3, 6, 9, 35]) // Streams, whole tiles, what is left of them, AMX.
        {
            AssertSame(unit, backend => Product(backend, GgmlType.Q4_K, tokens));
        }
    }

    [Theory]
    [MemberData(nameof(Units))]
    public void Attention_has_the_same_bits(string unit)
    {
        // More than a segment: only whole ones take all routines, and only later ones are merged with what came before.
        AssertSame(unit, backend => Attention(backend, GgmlType.F16, tokens: 73));
        AssertSame(unit, backend => Attention(backend, GgmlType.BF16, tokens: 73));
        AssertSame(unit, backend => Attention(backend, GgmlType.Q8_0, tokens: 70));
        AssertSame(unit, backend => Attention(backend, GgmlType.Q4_0, tokens: 66));
    }

    /// <summary>With no routine given, with one, with two, and so on until all are that are asked for.</summary>
    private static void AssertSame(string unit, Func<CpuBackend, float[]> run)
    {
        using var scalar = new CpuBackend(2, new InstructionSet<Scalar, int>("scalar", CpuFeatures.None));
        var expected = run(scalar);
        var refused = 1;
        for (var given = 0; refused > 0; given++)
        {
            var asked = 0;
            using var backend = new CpuBackend(2, new InstructionSet<Scalar, int>(
                "software", CpuFeatures.None, Enum.Parse<AssembledUnit>(unit), (wide, body) =>
                    Interlocked.Increment(ref asked) <= given ? ModelRoutine.Assemble(wide, body) : null));
            Bits.AssertEqual(expected, run(backend));
            refused = asked - given;
            Assert.True(asked > 0);
        }
    }

    private static float[] Product(CpuBackend backend, GgmlType type, int tokens)
    {
        var random = new Random(tokens);
        using var weight = backend.AllocateWeight(type, Rows, Columns);
        using var gate = backend.AllocateWeight(GgmlType.F16, Rows, Columns);
        backend.Upload(weight, 0, RandomNumbers.Stored(random, type, Rows, Columns));
        backend.Upload(gate, 0, RandomNumbers.Stored(random, GgmlType.F16, Rows, Columns));
        var (x, y) = (Normal(backend, random, tokens, Columns), backend.Allocate(tokens, Rows));
        backend.MatMul(x, new Projection(weight, y, Gate: gate));
        return Read(backend, y);
    }

    private static float[] Attention(CpuBackend backend, GgmlType type, int tokens)
    {
        var random = new Random(tokens);
        var shape = new KeyValueShape(1, 1, HeadLength, type);
        var pages = shape.Pages(tokens);
        using var cache = backend.AllocateCache(shape, pages);
        var (table, batch) = (new BlockTable(new PagePool(pages), shape.PageLength), new Batch());
        Assert.True(table.TryReserve(tokens));
        batch.Add(table, 0, new int[tokens]);
        backend.Store(cache, 0, batch, Normal(backend, random, tokens, HeadLength), Normal(backend, random, tokens, HeadLength));
        var (q, y) = (Normal(backend, random, tokens, 2 * HeadLength), backend.Allocate(tokens, 2 * HeadLength));
        backend.Attention(q, cache, 0, batch, 0.3f, y);
        return Read(backend, y);
    }

    private static Tensor Normal(CpuBackend backend, Random random, int rows, int columns)
    {
        var tensor = backend.Allocate(rows, columns);
        backend.Write(tensor, RandomNumbers.Normal(random, rows * columns));
        return tensor;
    }

    private static float[] Read(CpuBackend backend, Tensor tensor)
    {
        var values = new float[tensor.Rows * tensor.Columns];
        backend.Read(tensor, values);
        return values;
    }
}
