using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Shared.Backends;

/// <summary>Products on any backend have the bits of their definition.</summary>
internal static class ProductTrials
{
    /// <summary>Any shape, in slices of wider matrices, with and without bias, gate and what y held before.</summary>
    public static void AnyShape(BackendPair pair, Random random, GgmlType type, TrialSizes sizes)
    {
        var block = Math.Max(type.Block().Elements, 1);
        // One, few, enough for several passes over a panel, and more than run past one at once.
        var tokens = random.Next(5) switch
        {
            0 => sizes.DrawTokens(random, 60, sizes.Tokens),
            1 => sizes.DrawTokens(random, 10, 29),
            _ => sizes.DrawTokens(random, 1, 9),
        };
        var rows = random.Next(1, sizes.Rows + 1);
        var columns = block == 1 ? random.Next(1, sizes.Inputs + 1) : block * random.Next(1, sizes.Blocks + 1);

        var x = pair.Slice(random, tokens, columns, RandomNumbers.Activations);
        var w = pair.Weight(type, rows, columns, RandomNumbers.Stored(random, type, rows, columns));
        var y = pair.Slice(random, tokens, rows, (source, count) => RandomNumbers.Normal(source, count));
        var bias = pair.Tensor(1, rows, RandomNumbers.Normal(random, rows));
        var (hasBias, accumulate, gated) = (random.Next(2) == 0, random.Next(2) == 0, random.Next(2) == 0);
        var gateType = random.Next(2) == 0 ? type : GgmlType.F16; // Which has fewer rows side by side than tiles have.
        var gate = pair.Weight(gateType, rows, columns, RandomNumbers.Stored(random, gateType, rows, columns));

        pair.Reference.MatMul(x.Reference, new Projection(
            w.Reference, y.Reference, hasBias ? bias.Reference : null, accumulate, gated ? gate.Reference : null));
        pair.Other.MatMul(x.Other, new Projection(
            w.Other, y.Other, hasBias ? bias.Other : null, accumulate, gated ? gate.Other : null));
        pair.AssertSame(y);
    }

    /// <summary>A shape of the caller's, with a gate of halves.</summary>
    public static void Gated(BackendPair pair, Random random, GgmlType type, int tokens, int rows, int columns)
    {
        var w = pair.Weight(type, rows, columns, RandomNumbers.Stored(random, type, rows, columns));
        var gate = pair.Weight(GgmlType.F16, rows, columns, RandomNumbers.Stored(random, GgmlType.F16, rows, columns));
        var x = pair.Tensor(tokens, columns, RandomNumbers.Normal(random, tokens * columns));
        var y = pair.Tensor(tokens, rows, new float[tokens * rows]);
        pair.Reference.MatMul(x.Reference, new Projection(w.Reference, y.Reference, Gate: gate.Reference));
        pair.Other.MatMul(x.Other, new Projection(w.Other, y.Other, Gate: gate.Other));
        pair.AssertSame(y);
    }

    /// <summary>Scales may come out infinite, NaN or subnormal, group factors negative, quants -128.</summary>
    public static void RandomBytes(BackendPair pair, Random random, GgmlType type, TrialSizes sizes)
    {
        var tokens = random.Next(2) == 0 ? sizes.DrawTokens(random, 5, 5) : sizes.DrawTokens(random, 16, 39);
        var (rows, columns) = (Math.Min(19, sizes.Rows), Math.Max(type.Block().Elements, 32) * Math.Min(2, sizes.Blocks));
        var stored = new byte[type.RowBytes(columns) * rows];
        random.NextBytes(stored);
        AssertSameProduct(
            pair,
            pair.Tensor(tokens, columns, RandomNumbers.Activations(random, tokens * columns)),
            pair.Weight(type, rows, columns, stored));
    }

    /// <summary>Weights of all formats with the same input, in one call.</summary>
    public static void MixedFormats(BackendPair pair, Random random, TrialSizes sizes)
    {
        var (tokens, columns) = (Math.Min(6, sizes.Tokens), 256 * Math.Min(2, sizes.Blocks));
        var x = pair.Tensor(tokens, columns, RandomNumbers.Normal(random, tokens * columns));
        var parts = SupportedFormats.All.Select((format, i) =>
        {
            var rows = Math.Min(16 + (5 * i), sizes.Rows);
            var w = pair.Weight(format.Type, rows, columns, RandomNumbers.Stored(random, format.Type, rows, columns));
            return (W: w, Y: pair.Tensor(tokens, rows, new float[tokens * rows]));
        }).ToArray();

        pair.Reference.MatMul(x.Reference, [.. parts.Select(p => new Projection(p.W.Reference, p.Y.Reference))]);
        pair.Other.MatMul(x.Other, [.. parts.Select(p => new Projection(p.W.Other, p.Y.Other))]);
        Assert.All(parts, part => pair.AssertSame(part.Y));
    }

    /// <summary>The same product again and again: what runs at once must not meet.</summary>
    public static void Repeated(
        BackendPair pair, Random random, GgmlType type, int tokens, int rows, int columns, int repetitions)
    {
        var w = pair.Weight(type, rows, columns, RandomNumbers.Stored(random, type, rows, columns));
        var x = pair.Tensor(tokens, columns, RandomNumbers.Normal(random, tokens * columns));
        var y = pair.Tensor(tokens, rows, new float[tokens * rows]);
        pair.Reference.MatMul(x.Reference, new Projection(w.Reference, y.Reference));
        for (var repetition = 0; repetition < repetitions; repetition++)
        {
            pair.Other.MatMul(x.Other, new Projection(w.Other, y.Other));
            pair.AssertSame(y);
        }
    }

    /// <summary>
    /// A weight of one byte again and again times one activation: an instruction that saturates would show here and
    /// nowhere else.
    /// </summary>
    public static void LargestSums(
        BackendPair pair, GgmlType type, byte fill, float activation, params ReadOnlySpan<int> tokenCounts)
    {
        const int rows = 16, columns = 512;
        var stored = new byte[type.RowBytes(columns) * rows];
        Array.Fill(stored, fill);
        SetFiniteScales(type, stored);
        var w = pair.Weight(type, rows, columns, stored);
        foreach (var tokens in tokenCounts)
        {
            var values = new float[tokens * columns];
            Array.Fill(values, activation);
            AssertSameProduct(pair, pair.Tensor(tokens, columns, values), w);
        }
    }

    /// <summary>Products too small for a number: sums of -0, which adding 0 for an input that doesn't exist would change.</summary>
    public static void VanishingSums(BackendPair pair, GgmlType type, params ReadOnlySpan<int> tokenCounts)
    {
        const int rows = 19, columns = 37;
        var weights = new float[rows * columns];
        Array.Fill(weights, -1f / (1 << 20));
        var stored = new byte[type.RowBytes(columns) * rows];
        SupportedFormats.Get(type).Quantize(weights, stored);
        var w = pair.Weight(type, rows, columns, stored);
        foreach (var tokens in tokenCounts)
        {
            var values = new float[tokens * columns];
            Array.Fill(values, float.Epsilon);
            AssertSameProduct(pair, pair.Tensor(tokens, columns, values), w);
        }
    }

    private static void AssertSameProduct(
        BackendPair pair, (Tensor Reference, Tensor Other) x, (Weight Reference, Weight Other) w)
    {
        var (tokens, rows) = (x.Reference.Rows, w.Reference.Rows);
        var y = pair.Tensor(tokens, rows, new float[tokens * rows]);
        pair.Reference.MatMul(x.Reference, new Projection(w.Reference, y.Reference));
        pair.Other.MatMul(x.Other, new Projection(w.Other, y.Other));
        pair.AssertSame(y);
    }

    /// <summary>Half-precision scales of 1, so that the sums are not hidden behind NaN.</summary>
    private static void SetFiniteScales(GgmlType type, byte[] stored)
    {
        int[] offsets = type switch
        {
            GgmlType.Q8_0 or GgmlType.Q4_0 => [0],
            GgmlType.Q4_K => [0, 2],
            GgmlType.Q6_K => [208],
            _ => [],
        };
        for (var block = 0; block < stored.Length; block += type.Block().Bytes)
        {
            foreach (var offset in offsets)
            {
                (stored[block + offset], stored[block + offset + 1]) = (0x00, 0x3C);
            }
        }
    }
}
