using System.Numerics;
using AiKernels.Cache;
using AiKernels.Cpu;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Cache;

/// <summary>What the Hadamard transform is for: heads keep their lengths and products, and quantized keys lose less.</summary>
public class HadamardTransformTests
{
    private const int Length = 64, Positions = 100;

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(80)]
    [InlineData(128)]
    public void It_is_a_product_with_Hadamards_matrix(int headLength)
    {
        var x = RandomNumbers.Normal(new Random(1), 2 * headLength);
        var block = headLength & -headLength;
        var expected = new float[x.Length];
        for (var i = 0; i < x.Length; i++)
        {
            var (start, row) = (i / block * block, i % block);
            var sum = Enumerable.Range(0, block).Sum(column => (BitOperations.PopCount((uint)(row & column)) % 2 == 0 ? 1.0 : -1.0) * x[start + column]);
            expected[i] = (float)(sum / Math.Sqrt(block));
        }

        Assert.All(Transformed(x, headLength).Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
    }

    [Fact]
    public void Twice_it_changes_nothing()
    {
        var x = RandomNumbers.Normal(new Random(2), 512);
        Assert.All(Transformed(Transformed(x, 128), 128).Zip(x), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
    }

    /// <summary>Four channels of keys that stick out, as trained models have some (arXiv:2402.02750).</summary>
    [Theory]
    [InlineData(10, 0.6)]
    [InlineData(30, 0.4)]
    public void Keys_of_four_bits_with_channels_that_stick_out_lose_less(float factor, double most)
    {
        var random = new Random(3);
        var (q, k, v) = (RandomNumbers.Normal(random, Length), RandomNumbers.Normal(random, Positions * Length), RandomNumbers.Normal(random, Positions * Length));
        foreach (var channel in (int[])[7, 20, 39, 52])
        {
            q[channel] /= factor;
            for (var p = 0; p < Positions; p++)
            {
                k[(p * Length) + channel] *= factor;
            }
        }

        var exact = Attended(GgmlType.F32, q, k, v);
        var transformed = Attended(GgmlType.Q4_0, Transformed(q, Length), Transformed(k, Length), v);
        var error = Difference(transformed, exact);
        Assert.InRange(error, 0, most * Difference(Attended(GgmlType.Q4_0, q, k, v), exact));
        Assert.True(new KeyValueShape(1, 1, Length, GgmlType.Q4_0).TransformsKeys);
    }

    private static double Difference(float[] y, float[] exact) => Math.Sqrt(y.Zip(exact, (a, b) => (a - b) * (double)(a - b)).Sum());

    private static float[] Transformed(float[] values, int headLength)
    {
        using var backend = new CpuBackend(1);
        var x = Tensor(backend, values, values.Length);
        backend.HadamardTransform(x, headLength);
        return Read(backend, x);
    }

    /// <summary>The last position's attention over all of them.</summary>
    private static float[] Attended(GgmlType type, float[] q, float[] k, float[] v)
    {
        using var backend = new CpuBackend(1);
        var shape = new KeyValueShape(1, 1, Length, type);
        var pages = shape.Pages(Positions);
        using var cache = backend.AllocateCache(shape, pages);
        var (table, all, last) = (new BlockTable(new PagePool(pages), shape.PageLength), new Batch(), new Batch());
        Assert.True(table.TryReserve(Positions));
        all.Add(table, 0, new int[Positions]);
        last.Add(table, Positions - 1, [0]);
        backend.Store(cache, 0, all, Tensor(backend, k, Length), Tensor(backend, v, Length));
        var y = backend.Allocate(1, Length);
        backend.Attention(Tensor(backend, q, Length), cache, 0, last, 1 / MathF.Sqrt(Length), y);
        return Read(backend, y);
    }

    private static Tensor Tensor(CpuBackend backend, float[] values, int columns)
    {
        var x = backend.Allocate(values.Length / columns, columns);
        backend.Write(x, values);
        return x;
    }

    private static float[] Read(CpuBackend backend, Tensor x)
    {
        var values = new float[x.Rows * x.Columns];
        backend.Read(x, values);
        return values;
    }
}
