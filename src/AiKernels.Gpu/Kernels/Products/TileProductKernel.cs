using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Kernels.Products;

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

    /// <summary>Warps of a group.</summary>
    public const int Warps = 4;

    /// <summary>
    /// Twelve warps of a multiprocessor, 168 registers a thread: left to itself the assembler takes fewer, and reads what comes
    /// next only when it is wanted.
    /// </summary>
    public static KernelSpecialization Specialization => new(Warps * VectorProductKernel.WarpThreads, minNumGroupsPerMultiprocessor: 3);

    /// <summary>
    /// See the class. Grid columns are 64 tokens, grid rows as many panels as a group has warps: so groups that run at once
    /// share panels, and a weight, which is larger than a cache, is read once.
    /// </summary>
    public static void Blocks<TBlock>(QuantizedRows x, int tokens, ArrayView<int> weight, int rows, Finish finish)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        const int warpThreads = VectorProductKernel.WarpThreads, outputs = PanelLayout.Rows * Tokens;
        var stage = SharedMemory.Allocate<float>(Warps * outputs);
        var warp = Group.IdxX / warpThreads;
        var panel = (Grid.IdxY * (Group.DimX / warpThreads)) + warp;
        if (panel * PanelLayout.Rows >= rows)
        {
            return;
        }

        var panelWords = x.Blocks * DevicePanel<TBlock>.SegmentWords;
        var weights = new TilePanel<TBlock>(weight.SubView((long)panel * panelWords, panelWords));
        var inputs = new TileInput(x, Grid.IdxX);
        var chunks = TBlock.SegmentLength / PanelLayout.Chunk;

        // What comes next is on its way while a chunk is multiplied; after the last it is the last again.
        var (rowsAhead, inputAhead) = (weights.Read(0, 0), inputs.Codes(0));
        TileResults y = default;
        for (var s = 0; s < x.Blocks; s++)
        {
            var (rowScales, tokenScales) = (weights.Scales(s), inputs.Scales(s));
            TileSums sums = default;
            for (var chunk = 0; chunk < chunks; chunk++)
            {
                sums = Add<TBlock>(sums, rowsAhead, inputAhead);
                var next = IntrinsicMath.Min((s * chunks) + chunk + 1, (x.Blocks * chunks) - 1);
                (rowsAhead, inputAhead) = (weights.Read(next / chunks, next & (chunks - 1)), inputs.Codes(next));
            }

            y = y.Add(sums, rowScales, tokenScales);
            if (TBlock.HasMinimum)
            {
                y = y.Add(Minima(weights.Minima(s), inputs.Sums(s, TBlock.SegmentLength)), weights.MinimumScales(s), tokenScales);
            }
        }

        stage = stage.SubView(warp * outputs, outputs);
        y.Put(stage);
        Warp.Barrier();
        Put(stage, panel * PanelLayout.Rows, rows, Grid.IdxX * Tokens, tokens, finish);
    }

    /// <summary>Sums and a chunk's of group scale times quant times input.</summary>
    private static TileSums Add<TBlock>(TileSums sums, TileRows rows, TileWords x)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        TileSums none = default;
        var quants = rows.Quants<TBlock>();
        if (!BlockPanel<TBlock>.HasGroupFactors)
        {
            return sums.Multiply(quants, x);
        }

        var factors = TileRows.Both(rows.FirstFactors);
        if (TBlock.GroupLength >= PanelLayout.Chunk)
        {
            return sums.Add(none.Multiply(quants, x), factors);
        }

        // Fours 0 to 3 are one group, 4 to 7 another.
        sums = sums.Add(none.MultiplyFirst(new() { X = quants.X, Y = quants.Y }, x), factors);
        return sums.Add(none.MultiplySecond(new() { X = quants.Z, Y = quants.W }, x), TileRows.Both(rows.SecondFactors));
    }

    /// <summary>A segment's sums of group minimum times sum of inputs, whose digits are bytes.</summary>
    private static TileSums Minima(Int2 minima, TileWords x)
    {
        TileSums none = default;
        var low = none.MultiplyFirst(minima, x);
        return low.Add(none.MultiplySecond(minima, x), new() { X = QuantizedRows.HighDigit, Y = QuantizedRows.HighDigit });
    }

    /// <summary>Half a warp has a token's rows.</summary>
    private static void Put(ArrayView<float> stage, int firstRow, int rows, int firstToken, int tokens, Finish finish)
    {
        var row = Group.IdxX & (PanelLayout.Rows - 1);
        if (firstRow + row >= rows)
        {
            return;
        }

        for (var i = (Group.IdxX / PanelLayout.Rows) & 1; i < IntrinsicMath.Min(Tokens, tokens - firstToken); i += 2)
        {
            finish.Put(firstToken + i, firstRow + row, stage[(i * PanelLayout.Rows) + row]);
        }
    }
}
