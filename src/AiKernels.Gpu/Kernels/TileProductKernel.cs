using AiKernels.Formats;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>
/// x [T,K], w [N,K] -> y [T,N] on tensor cores. A warp owns a panel, 16 rows, and 64 tokens; nothing is shared between warps
/// but what the caches hold, so that there is nothing to wait for.
/// </summary>
/// <remarks>
/// What matters is how many instructions go with one of a tensor core, which is worth 8,192 operations: so codes are unpacked
/// once for 64 tokens, both operands come in the order in which a warp's threads take them (<see cref="TilePanel{TBlock}"/>,
/// <see cref="TileInput"/>), and tokens that don't exist are multiplied like the others.
/// </remarks>
internal static class TileProductKernel
{
    /// <summary>Tokens of a warp.</summary>
    public const int Tokens = QuantizedRows.TileTokens;

    /// <summary>See the class. Grid columns are as many panels as a group has warps, grid rows 64 tokens.</summary>
    public static void Blocks<TBlock>(QuantizedRows x, int tokens, ArrayView<int> weight, int rows, Finish finish)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var panel = (Grid.IdxX * (Group.DimX / VectorProductKernel.WarpThreads)) + (Group.IdxX / VectorProductKernel.WarpThreads);
        if (panel * PanelLayout.Rows >= rows)
        {
            return;
        }

        var panelWords = x.Blocks * DevicePanel<TBlock>.SegmentWords;
        var words = weight.SubView((long)panel * panelWords, panelWords);
        ArrayView<Int4> codes = x.CodesOfTile(Grid.IdxY), scales = x.ScalesOfTile(Grid.IdxY), sums = x.SumsOfTile(Grid.IdxY);
        TileResults y = default;
        for (var s = 0; s < x.Blocks; s++)
        {
            var segment = new TilePanel<TBlock>(words.SubView(s * DevicePanel<TBlock>.SegmentWords, DevicePanel<TBlock>.SegmentWords));
            var tokenScales = TileInput.Scales(scales, s);
            y = y.Add(Products(segment, codes, s * (TBlock.SegmentLength / PanelLayout.Chunk)), segment.Scales(), tokenScales);
            if (TBlock.HasMinimum)
            {
                y = y.Add(Minima(segment, TileInput.Sums(sums, TBlock.SegmentLength, s)), segment.MinimumScales(), tokenScales);
            }
        }

        Put(y, (panel * PanelLayout.Rows) + (2 * ((Group.IdxX >> 2) & 7)), rows, (Grid.IdxY * Tokens) + (4 * (Group.IdxX & 3)), tokens, finish);
    }

    /// <summary>A segment's sums of group scale times quant times input.</summary>
    private static TileSums Products<TBlock>(TilePanel<TBlock> segment, ArrayView<Int4> codes, int firstChunk)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        TileSums sums = default;
        for (var chunk = 0; chunk < TBlock.SegmentLength / PanelLayout.Chunk; chunk++)
        {
            TileSums none = default;
            var (rows, x) = (segment.Quants(chunk), TileInput.Codes(codes, firstChunk + chunk));
            if (!BlockPanel<TBlock>.HasGroupFactors)
            {
                sums = sums.Multiply(rows, x);
            }
            else if (TBlock.GroupLength >= PanelLayout.Chunk)
            {
                sums = sums.Add(none.Multiply(rows, x), segment.GroupScales(chunk * PanelLayout.Chunk / TBlock.GroupLength));
            }
            else
            {
                // Fours 0 to 3 are one group, 4 to 7 another.
                sums = sums.Add(none.MultiplyFirst(new() { X = rows.X, Y = rows.Y }, x), segment.GroupScales(2 * chunk));
                sums = sums.Add(none.MultiplySecond(new() { X = rows.Z, Y = rows.W }, x), segment.GroupScales((2 * chunk) + 1));
            }
        }

        return sums;
    }

    /// <summary>A segment's sums of group minimum times sum of inputs, whose digits are bytes.</summary>
    private static TileSums Minima<TBlock>(TilePanel<TBlock> segment, TileWords x)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        TileSums none = default;
        var minima = segment.Minima();
        var low = none.MultiplyFirst(minima, x);
        return low.Add(none.MultiplySecond(minima, x), new() { X = QuantizedRows.HighDigit, Y = QuantizedRows.HighDigit });
    }

    private static void Put(TileResults y, int row, int rows, int token, int tokens, Finish finish)
    {
        Put(y.A0, y.B0, row, rows, token, tokens, finish);
        Put(y.A1, y.B1, row, rows, token + 16, tokens, finish);
        Put(y.A2, y.B2, row, rows, token + 32, tokens, finish);
        Put(y.A3, y.B3, row, rows, token + 48, tokens, finish);
    }

    private static void Put(Float4 a, Float4 b, int row, int rows, int token, int tokens, Finish finish)
    {
        Put(a.X, a.Z, row, rows, token, tokens, finish);
        Put(b.X, b.Z, row, rows, token + 1, tokens, finish);
        Put(a.Y, a.W, row, rows, token + 2, tokens, finish);
        Put(b.Y, b.W, row, rows, token + 3, tokens, finish);
    }

    private static void Put(float first, float second, int row, int rows, int token, int tokens, Finish finish)
    {
        if (token < tokens && row < rows)
        {
            finish.Put(token, row, first);
        }

        if (token < tokens && row + 1 < rows)
        {
            finish.Put(token, row + 1, second);
        }
    }
}
