using AiKernels.Formats;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>
/// x [T,K], w [N,K] -> y [T,N] on tensor cores. A warp owns two panels, 32 rows, and 32 tokens; nothing is shared between
/// warps but what the caches hold, so that there is nothing to wait for.
/// </summary>
/// <remarks>
/// The instruction takes 16 rows, 8 tokens and 32 inputs, in eight fours; which four of a chunk is which doesn't matter, as
/// long as both operands agree. So that one word of a bit plane holds both fours of a thread, the thread's are two
/// neighbouring steps. In the operands thread 4 g + t has rows g and g + 8, or token g, and the fours of pair t; in the
/// sums it has these rows and tokens 2 t and 2 t + 1.
/// </remarks>
internal static class TileProductKernel
{
    /// <summary>Tokens of a warp.</summary>
    public const int Tokens = 32;

    /// <summary>Panels of a warp.</summary>
    public const int Panels = 2;

    private const int Ones = 0x01010101;

    /// <summary>See the class. Grid columns are as many pairs of panels as a group has warps, grid rows 32 tokens.</summary>
    public static void Blocks<TBlock>(QuantizedRows x, int tokens, ArrayView<int> weight, int rows, Finish finish)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var panel = ((Grid.IdxX * (Group.DimX / VectorProductKernel.WarpThreads)) + (Group.IdxX / VectorProductKernel.WarpThreads)) * Panels;
        var panels = (rows + PanelLayout.Rows - 1) / PanelLayout.Rows;
        if (panel >= panels)
        {
            return;
        }

        // Where there is no second panel the first comes again, and where there are no more tokens the last.
        var segments = x.Columns / TBlock.SegmentLength;
        long panelWords = segments * DevicePanel<TBlock>.SegmentWords;
        var segmentA = panel * panelWords;
        var segmentB = IntrinsicMath.Min(panel + 1, panels - 1) * panelWords;
        var first = Grid.IdxY * Tokens;
        TileResults y = default;
        for (var s = 0; s < segments; s++)
        {
            var scales = TokenScales(x, first, tokens, s);
            y = y.Add(Products<TBlock>(x, first, tokens, s, weight, segmentA, segmentB), Scales<TBlock>(weight, segmentA, segmentB), scales);
            if (TBlock.HasMinimum)
            {
                // After the products, not beside them: there are no registers for both sums.
                y = y.Add(Minima<TBlock>(x, first, tokens, s, weight, segmentA, segmentB), MinimumScales<TBlock>(weight, segmentA, segmentB), scales);
            }

            segmentA += DevicePanel<TBlock>.SegmentWords;
            segmentB += DevicePanel<TBlock>.SegmentWords;
        }

        Put(y, panel, rows, first, tokens, finish);
    }

    private static int Row => (Group.IdxX & (VectorProductKernel.WarpThreads - 1)) >> 2;

    private static int Pair => Group.IdxX & 3;

    /// <summary>A segment's sums of group scale times quant times input.</summary>
    private static TileSums Products<TBlock>(
        QuantizedRows x, int first, int tokens, int s, ArrayView<int> weight, long segmentA, long segmentB)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        TileSums sums = default;
        for (var chunk = 0; chunk < TBlock.SegmentLength / PanelLayout.Chunk; chunk++)
        {
            var input = Input(x, first, tokens, (s * TBlock.SegmentLength / PanelLayout.Depth) + (chunk * 8));
            var a = Codes<TBlock>(weight, segmentA, chunk);
            var b = Codes<TBlock>(weight, segmentB, chunk);
            if (TBlock.GroupLength >= PanelLayout.Chunk)
            {
                sums = AddGroup<TBlock>(sums, a, b, input, weight, segmentA, segmentB, chunk * PanelLayout.Chunk / TBlock.GroupLength);
            }
            else
            {
                // Half the pairs are another group's: it has its turn with the others' codes cleared.
                var mask = Pair < 2 ? -1 : 0;
                sums = AddGroup<TBlock>(sums, a & mask, b & mask, input, weight, segmentA, segmentB, 2 * chunk);
                sums = AddGroup<TBlock>(sums, a & ~mask, b & ~mask, input, weight, segmentA, segmentB, (2 * chunk) + 1);
            }
        }

        return sums;
    }

    /// <summary>A segment's sums of group minimum times input; each group's sum of inputs tensor cores make along the way.</summary>
    private static TileSums Minima<TBlock>(
        QuantizedRows x, int first, int tokens, int s, ArrayView<int> weight, long segmentA, long segmentB)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        TileSums sums = default;
        for (var chunk = 0; chunk < TBlock.SegmentLength / PanelLayout.Chunk; chunk++)
        {
            var input = Input(x, first, tokens, (s * TBlock.SegmentLength / PanelLayout.Depth) + (chunk * 8));
            var group = ((chunk * PanelLayout.Chunk) + (8 * Pair)) / TBlock.GroupLength;
            sums = sums.Multiply(Minima<TBlock>(weight, segmentA, group), Minima<TBlock>(weight, segmentB, group), input);
        }

        return sums;
    }

    private static TileSums AddGroup<TBlock>(
        TileSums sums, Int4 a, Int4 b, TileInput input, ArrayView<int> weight, long segmentA, long segmentB, int group)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        if (!BlockPanel<TBlock>.HasGroupFactors)
        {
            return sums.Multiply(a, b, input);
        }

        TileSums none = default;
        return sums.Add(none.Multiply(a, b, input), new TileFactors
        {
            A = GroupScales<TBlock>(weight, segmentA, group),
            B = GroupScales<TBlock>(weight, segmentB, group),
        });
    }

    private static Int2 GroupScales<TBlock>(ArrayView<int> weight, long segment, int group)
        where TBlock : unmanaged, IBlockFormat<TBlock> => new()
        {
            X = DevicePanel<TBlock>.GroupScale(weight, segment, Row, group),
            Y = DevicePanel<TBlock>.GroupScale(weight, segment, Row + 8, group),
        };

    private static Int4 Minima<TBlock>(ArrayView<int> weight, long segment, int group)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var low = DevicePanel<TBlock>.GroupMinimum(weight, segment, Row, group) * Ones;
        var high = DevicePanel<TBlock>.GroupMinimum(weight, segment, Row + 8, group) * Ones;
        return new Int4 { X = low, Y = high, Z = low, W = high };
    }

    private static TileScales Scales<TBlock>(ArrayView<int> weight, long segmentA, long segmentB)
        where TBlock : unmanaged, IBlockFormat<TBlock> => new()
        {
            A = new Float2 { X = DevicePanel<TBlock>.Scale(weight, segmentA, Row), Y = DevicePanel<TBlock>.Scale(weight, segmentA, Row + 8) },
            B = new Float2 { X = DevicePanel<TBlock>.Scale(weight, segmentB, Row), Y = DevicePanel<TBlock>.Scale(weight, segmentB, Row + 8) },
        };

    private static TileScales MinimumScales<TBlock>(ArrayView<int> weight, long segmentA, long segmentB)
        where TBlock : unmanaged, IBlockFormat<TBlock> => new()
        {
            A = new Float2
            {
                X = -DevicePanel<TBlock>.MinimumScale(weight, segmentA, Row),
                Y = -DevicePanel<TBlock>.MinimumScale(weight, segmentA, Row + 8),
            },
            B = new Float2
            {
                X = -DevicePanel<TBlock>.MinimumScale(weight, segmentB, Row),
                Y = -DevicePanel<TBlock>.MinimumScale(weight, segmentB, Row + 8),
            },
        };

    /// <summary>The thread's quants of a chunk: both steps of its pair, of both its rows.</summary>
    private static Int4 Codes<TBlock>(ArrayView<int> weight, long segment, int chunk)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var step = (chunk * 8) + (2 * Pair);
        return new Int4
        {
            X = Quants<TBlock>(weight, segment, Row, step),
            Y = Quants<TBlock>(weight, segment, Row + 8, step),
            Z = Quants<TBlock>(weight, segment, Row, step + 1),
            W = Quants<TBlock>(weight, segment, Row + 8, step + 1),
        };
    }

    /// <summary>Codes less the offset, four at a time: 128 ahead nothing is carried from byte to byte.</summary>
    private static int Quants<TBlock>(ArrayView<int> weight, long segment, int row, int step)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var codes = DevicePanel<TBlock>.Codes(weight, segment, row, step);
        return TBlock.CodeOffset == 0 ? codes : (codes + ((128 - TBlock.CodeOffset) * Ones)) ^ (Ones << 7);
    }

    private static TileInput Input(QuantizedRows x, int first, int tokens, int word) => new()
    {
        X0 = Input(x, IntrinsicMath.Min(first + Row, tokens - 1), word + (2 * Pair)),
        X1 = Input(x, IntrinsicMath.Min(first + 8 + Row, tokens - 1), word + (2 * Pair)),
        X2 = Input(x, IntrinsicMath.Min(first + 16 + Row, tokens - 1), word + (2 * Pair)),
        X3 = Input(x, IntrinsicMath.Min(first + 24 + Row, tokens - 1), word + (2 * Pair)),
    };

    private static Int2 Input(QuantizedRows x, int token, int word) => x.TwoCodes(token, word);

    private static TileTokens TokenScales(QuantizedRows x, int first, int tokens, int block) => new()
    {
        T0 = TokenScales(x, first, 0, tokens, block),
        T1 = TokenScales(x, first, 8, tokens, block),
        T2 = TokenScales(x, first, 16, tokens, block),
        T3 = TokenScales(x, first, 24, tokens, block),
    };

    private static Float2 TokenScales(QuantizedRows x, int first, int eight, int tokens, int block) => new()
    {
        X = x.Scale(IntrinsicMath.Min(first + eight + (2 * Pair), tokens - 1), block),
        Y = x.Scale(IntrinsicMath.Min(first + eight + (2 * Pair) + 1, tokens - 1), block),
    };

    private static void Put(TileResults y, int panel, int rows, int first, int tokens, Finish finish)
    {
        var (row, token) = ((panel * PanelLayout.Rows) + Row, first + (2 * Pair));
        Put(y.A0, row, rows, token, tokens, finish);
        Put(y.A1, row, rows, token + 8, tokens, finish);
        Put(y.A2, row, rows, token + 16, tokens, finish);
        Put(y.A3, row, rows, token + 24, tokens, finish);
        Put(y.B0, row + PanelLayout.Rows, rows, token, tokens, finish);
        Put(y.B1, row + PanelLayout.Rows, rows, token + 8, tokens, finish);
        Put(y.B2, row + PanelLayout.Rows, rows, token + 16, tokens, finish);
        Put(y.B3, row + PanelLayout.Rows, rows, token + 24, tokens, finish);
    }

    private static void Put(Float4 y, int row, int rows, int token, int tokens, Finish finish)
    {
        Put(y.X, row, rows, token, tokens, finish);
        Put(y.Y, row, rows, token + 1, tokens, finish);
        Put(y.Z, row + 8, rows, token, tokens, finish);
        Put(y.W, row + 8, rows, token + 1, tokens, finish);
    }

    private static void Put(float y, int row, int rows, int token, int tokens, Finish finish)
    {
        if (row < rows && token < tokens)
        {
            finish.Put(token, row, y);
        }
    }
}
