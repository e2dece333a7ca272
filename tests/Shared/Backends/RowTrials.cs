using System.Numerics;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Shared.Backends;

/// <summary>What is done with each row on its own has, on any backend, the bits of its definition.</summary>
internal static class RowTrials
{
    /// <summary>An embedding is the stored row, also one of random bytes.</summary>
    public static void Embedding(BackendPair pair, Random random, GgmlType type)
    {
        var columns = Math.Max(type.Block().Elements, 8) * random.Next(1, 3);
        var stored = new byte[type.RowBytes(columns) * 37];
        random.NextBytes(stored);
        var table = pair.Weight(type, 37, columns, stored);
        int[] tokens = [0, 36, 15, 16, random.Next(37)];
        var y = pair.Tensor(tokens.Length, columns, new float[tokens.Length * columns]);

        pair.Reference.Embed(table.Reference, tokens, y.Reference);
        pair.Other.Embed(table.Other, tokens, y.Other);
        pair.AssertSame(y);
    }

    /// <summary>Rows in any order, some of them several times.</summary>
    public static void Gathering(BackendPair pair, Random random)
    {
        var (count, columns) = (random.Next(1, 10), random.Next(1, 100));
        var x = pair.Slice(random, count, columns, RandomNumbers.Activations);
        var rows = Enumerable.Range(0, random.Next(1, 10)).Select(_ => random.Next(count)).ToArray();
        var y = pair.Slice(random, rows.Length, columns, Zeros);

        pair.Reference.Gather(x.Reference, rows, y.Reference);
        pair.Other.Gather(x.Other, rows, y.Other);
        pair.AssertSame(y);
    }

    /// <summary>Norms of heads, into another tensor and in place, and a rotation of some of their channels.</summary>
    public static void NormAndRotation(BackendPair pair, Random random)
    {
        var (rows, heads, length) = (random.Next(1, 5), random.Next(1, 4), 2 * random.Next(1, 40));
        var x = pair.Slice(random, rows, heads * length, RandomNumbers.Activations);
        var gain = pair.Tensor(1, length, RandomNumbers.Normal(random, length));
        var rotation = pair.Tensor(rows, length, RandomNumbers.Normal(random, rows * length));
        var turned = length - (2 * random.Next(length / 2));
        var y = pair.Slice(random, rows, heads * length, Zeros);
        var pairing = (RopePairing)random.Next(2);

        pair.Reference.RmsNorm(x.Reference, gain.Reference, 1e-5f, y.Reference);
        pair.Other.RmsNorm(x.Other, gain.Other, 1e-5f, y.Other);
        pair.AssertSame(y);

        pair.Reference.RmsNorm(x.Reference, gain.Reference, 1e-5f, x.Reference);
        pair.Other.RmsNorm(x.Other, gain.Other, 1e-5f, x.Other);
        pair.AssertSame(x);

        pair.Reference.Rope(y.Reference, length, pairing, rotation.Reference.SliceColumns(0, turned));
        pair.Other.Rope(y.Other, length, pairing, rotation.Other.SliceColumns(0, turned));
        pair.AssertSame(y);
    }

    /// <summary>Hadamard transforms of heads whose length is a power of two, a multiple of one, or odd.</summary>
    public static void HadamardTransform(BackendPair pair, Random random, int longest)
    {
        var length = random.Next(3) == 0 ? random.Next(1, longest + 1) : 1 << random.Next(BitOperations.Log2((uint)longest) + 1);
        length *= random.Next(1, Math.Min(longest / length, 5) + 1);
        var x = pair.Slice(random, random.Next(1, 5), length * random.Next(1, 4), random.Next(4) == 0 ? RandomNumbers.Activations : (source, count) => RandomNumbers.Normal(source, count));
        pair.Reference.HadamardTransform(x.Reference, length);
        pair.Other.HadamardTransform(x.Other, length);
        pair.AssertSame(x);
    }

    /// <summary>A norm that a product reads next, and others after that: of its input, in place or not, and of its output.</summary>
    public static void NormAndProduct(BackendPair pair, Random random, GgmlType type)
    {
        var (tokens, columns, rows) = (random.Next(1, 4), Math.Max(type.Block().Elements, 32) * random.Next(1, 3), random.Next(1, 40));
        var x = pair.Slice(random, tokens, columns, RandomNumbers.Activations);
        var y = random.Next(2) == 0 ? x : pair.Slice(random, tokens, columns, Zeros);
        var gain = pair.Tensor(1, columns, RandomNumbers.Normal(random, columns));
        var w = pair.Weight(type, rows, columns, RandomNumbers.Stored(random, type, rows, columns));
        var (product, other) = (pair.Tensor(tokens, rows, new float[tokens * rows]), pair.Tensor(tokens, rows, new float[tokens * rows]));
        var overwritten = random.Next(3) == 0;
        var values = RandomNumbers.Normal(random, tokens * columns);
        foreach (var (backend, xs, ys, gains, ws, products, others) in (ReadOnlySpan<(IBackend, Tensor, Tensor, Tensor, Weight, Tensor, Tensor)>)
            [(pair.Reference, x.Reference, y.Reference, gain.Reference, w.Reference, product.Reference, other.Reference),
             (pair.Other, x.Other, y.Other, gain.Other, w.Other, product.Other, other.Other)])
        {
            backend.RmsNorm(xs, gains, 1e-5f, ys);
            if (overwritten)
            {
                backend.Write(xs, values); // After the norm has read it.
            }

            backend.MatMul(ys, new Projection(ws, products));
            backend.MatMul(xs, new Projection(ws, others));
        }

        pair.AssertSame(product);
        pair.AssertSame(other);
        pair.AssertSame(y);
    }

    /// <summary>The largest of each row, with equals, zeros of both signs, infinities and NaN among them.</summary>
    public static void Ranking(BackendPair pair, Random random, int columns)
    {
        var rows = random.Next(1, 4);
        var (grid, count) = (random.Next(2) == 0, random.Next(1, Math.Min(columns, 600) + 1));
        var x = pair.Slice(random, rows, columns, (source, numbers) => grid
            ? [.. Enumerable.Range(0, numbers).Select(_ => new[] { -1, -0f, 0, 1, float.NaN, float.PositiveInfinity, float.NegativeInfinity }[source.Next(7)])]
            : RandomNumbers.Activations(source, numbers));
        var (expected, actual) = (new RankedValue[rows * count], new RankedValue[rows * count]);
        pair.Reference.ReadLargest(x.Reference, expected);
        pair.Other.ReadLargest(x.Other, actual);
        Assert.Equal(expected, actual);
    }

    private static float[] Zeros(Random random, int count) => new float[count];
}
