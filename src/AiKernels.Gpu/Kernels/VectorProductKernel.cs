using AiKernels.Formats;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>
/// x [T,K], w [N,K] -> y [T,N] for few tokens, as fast as the weight can be read. A group is a panel of 16 rows; its warps take segments in
/// turn, 16 bytes a thread, and leave each segment's integer sums and factors in shared memory, where sixteen threads walk
/// their rows' segments from the first to the last.
/// </summary>
/// <remarks>
/// Half a warp has a chunk of 32 inputs: a thread has two steps, eight inputs, of four rows. Integer sums may be added in
/// any order; the float sums, in which it counts, are one in 32 to 256 numbers.
/// </remarks>
internal static class VectorProductKernel
{
    /// <summary>Threads of a warp.</summary>
    public const int WarpThreads = 32;

    /// <summary>The most tokens: each reads the weight anew, mostly from the cache. An estimate, no GPU was at hand.</summary>
    public const int MaxTokens = 8;

    /// <summary>The most products of a launch.</summary>
    public const int MaxTargets = 3;

    private const int StageSegments = 32;
    private const int StageFloats = StageSegments * PanelLayout.Rows;
    private const int Ones = 0x01010101;

    /// <summary>
    /// See the class. Up to three products of one input in one launch; a gate's is made by the same group, one after the
    /// other. Grid columns are all targets' panels, grid rows tokens.
    /// </summary>
    public static void Blocks<TBlock>(QuantizedRows x, VectorTarget first, VectorTarget second, VectorTarget third)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var stage = SharedMemory.Allocate<float>(4 * StageFloats);
        var (panel, target) = (Grid.IdxX, first);
        if (panel >= first.Panels + second.Panels)
        {
            (panel, target) = (panel - first.Panels - second.Panels, third);
        }
        else if (panel >= first.Panels)
        {
            (panel, target) = (panel - first.Panels, second);
        }

        var sum = Sum<TBlock>(x, target.Weight, panel, stage);
        var gate = target.HasGate == 1 ? Sum<TBlock>(x, target.Gate, panel, stage) : 0;
        var row = (panel * PanelLayout.Rows) + Group.IdxX;
        if (Group.IdxX >= PanelLayout.Rows || row >= target.Rows)
        {
            return;
        }

        if (target.HasGate == 1)
        {
            target.Finish.Put(Grid.IdxY, row, sum, gate);
        }
        else
        {
            target.Finish.Put(Grid.IdxY, row, sum);
        }
    }

    /// <summary>A group's product with a panel: each of its first sixteen threads gets its row's.</summary>
    private static float Sum<TBlock>(QuantizedRows x, ArrayView<int> weight, int panel, ArrayView<float> stage)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var thread = Group.IdxX;
        var (segments, warps) = (x.Columns / TBlock.SegmentLength, Group.DimX / WarpThreads);
        var first = (long)panel * segments * DevicePanel<TBlock>.SegmentWords;
        var y = 0f;
        for (var start = 0; start < segments; start += StageSegments)
        {
            var end = IntrinsicMath.Min(start + StageSegments, segments);
            for (var s = start + ((thread >> 5) * SegmentsAtOnce<TBlock>()); s < end; s += warps * SegmentsAtOnce<TBlock>())
            {
                Segment<TBlock>(x, Grid.IdxY, weight, first, s, start, end, stage);
            }

            Group.Barrier();
            for (var i = thread; i < (end - start) * PanelLayout.Rows && thread < PanelLayout.Rows; i += PanelLayout.Rows)
            {
                y = DeviceMath.Fma(stage[StageFloats + i], stage[i], y);
                if (TBlock.HasMinimum)
                {
                    y = DeviceMath.Fma(stage[(3 * StageFloats) + i], stage[(2 * StageFloats) + i], y);
                }
            }

            Group.Barrier();
        }

        return y;
    }

    /// <summary>Segments that a warp has at a time: one, or one a half where it is a single chunk.</summary>
    private static int SegmentsAtOnce<TBlock>()
        where TBlock : unmanaged, IBlockFormat<TBlock> => TBlock.SegmentLength == PanelLayout.Chunk ? 2 : 1;

    /// <summary>A warp's segment, or two: sums and factors go to their places in the stage.</summary>
    private static void Segment<TBlock>(
        QuantizedRows x, int token, ArrayView<int> weight, long panel, int s, int stageStart, int stageEnd, ArrayView<float> stage)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var lane = Group.IdxX & (WarpThreads - 1);
        var (half, pair, quad) = (lane >> 4, (lane >> 2) & 3, lane & 3);
        var single = SegmentsAtOnce<TBlock>() == 2;
        var own = single ? s + half : s;
        var exists = own < stageEnd;
        own = exists ? own : s; // All threads of a warp shuffle.
        var segment = panel + ((long)own * DevicePanel<TBlock>.SegmentWords);
        Int4 products = default, minima = default;
        for (var chunk = single ? 0 : half; chunk < TBlock.SegmentLength / PanelLayout.Chunk; chunk += 2)
        {
            var column = (own * TBlock.SegmentLength / PanelLayout.Depth) + (8 * chunk) + (2 * pair);
            var (a, b) = (x.Codes(token, column), x.Codes(token, column + 1));
            var group = ((chunk * PanelLayout.Chunk) + (8 * pair)) / TBlock.GroupLength;

            // All loads before the first use: they are on their way together, and ILGPU keeps their order.
            var codes = CodePair.Load<TBlock>(weight.Cast<Int4>(), segment + (chunk * (BlockPanel<TBlock>.ChunkBytes / 4)), pair, quad);
            var factors = DevicePanel<TBlock>.GroupScales(weight, segment, quad, group);
            var groupMinima = TBlock.HasMinimum ? DevicePanel<TBlock>.GroupMinima(weight, segment, quad, group) : 0;
            var sum = DeviceMath.Dot4(b, Ones, DeviceMath.Dot4(a, Ones, 0));
            var dots = new Int4
            {
                X = DeviceMath.Dot4(codes.Second.X, b, DeviceMath.Dot4(codes.First.X, a, -TBlock.CodeOffset * sum)),
                Y = DeviceMath.Dot4(codes.Second.Y, b, DeviceMath.Dot4(codes.First.Y, a, -TBlock.CodeOffset * sum)),
                Z = DeviceMath.Dot4(codes.Second.Z, b, DeviceMath.Dot4(codes.First.Z, a, -TBlock.CodeOffset * sum)),
                W = DeviceMath.Dot4(codes.Second.W, b, DeviceMath.Dot4(codes.First.W, a, -TBlock.CodeOffset * sum)),
            };
            products = Add(products, dots, factors);
            if (TBlock.HasMinimum)
            {
                minima = Add(minima, new Int4 { X = sum, Y = sum, Z = sum, W = sum }, groupMinima);
            }
        }

        // The threads that have the same rows lie 4 and 8 apart, and 16 unless that half has a segment of its own.
        var (product, minimum) = (OwnRow(products, pair, single), TBlock.HasMinimum ? OwnRow(minima, pair, single) : 0);
        if (exists && (single || half == 0))
        {
            var row = (4 * quad) + pair;
            var (at, scale) = (((own - stageStart) * PanelLayout.Rows) + row, x.Scale(token, own));
            stage[at] = product;
            stage[StageFloats + at] = DeviceMath.Multiply(DevicePanel<TBlock>.Scale(weight, segment, row), scale);
            if (TBlock.HasMinimum)
            {
                stage[(2 * StageFloats) + at] = minimum;
                stage[(3 * StageFloats) + at] = -DeviceMath.Multiply(DevicePanel<TBlock>.MinimumScale(weight, segment, row), scale);
            }
        }
    }

    /// <summary>sums + values times a factor a row, the factors being bytes of a word.</summary>
    private static Int4 Add(Int4 sums, Int4 values, int factors) => new()
    {
        X = sums.X + (DeviceMath.Byte(factors, 0) * values.X),
        Y = sums.Y + (DeviceMath.Byte(factors, 1) * values.Y),
        Z = sums.Z + (DeviceMath.Byte(factors, 2) * values.Z),
        W = sums.W + (DeviceMath.Byte(factors, 3) * values.W),
    };

    /// <summary>Of four rows' sums, each spread over some threads, the whole one of the row that the thread's pair names.</summary>
    private static int OwnRow(Int4 sums, int pair, bool single)
    {
        // Each step halves the rows that a thread still has and doubles the threads that a sum is of.
        var upper = pair >= 2;
        var (keptA, keptB) = upper ? (sums.Z, sums.W) : (sums.X, sums.Y);
        var (givenA, givenB) = upper ? (sums.X, sums.Y) : (sums.Z, sums.W);
        keptA += Warp.ShuffleXor(givenA, 8);
        keptB += Warp.ShuffleXor(givenB, 8);
        var odd = (pair & 1) == 1;
        var sum = (odd ? keptB : keptA) + Warp.ShuffleXor(odd ? keptA : keptB, 4);
        return single ? sum : sum + Warp.ShuffleXor(sum, 16);
    }
}
