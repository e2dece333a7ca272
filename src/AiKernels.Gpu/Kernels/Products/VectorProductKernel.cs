using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>
/// x [T,K], w [N,K] -> y [T,N] for few tokens, as fast as the weight can be read. A group is a panel of 16 rows; its warps take
/// 256 inputs in turn, <see cref="VectorUnit{TBlock}"/>, and leave each segment's integer sums and factors in shared memory,
/// where sixteen threads walk their rows' segments from the first to the last.
/// </summary>
/// <remarks>
/// Integer sums may be added in any order; the float sums, in which it counts, are one in 32 to 256 numbers. While they are
/// added the other warps are at the next stage: there are two, so that one barrier each is enough.
/// </remarks>
internal static class VectorProductKernel
{
    /// <summary>Threads of a warp.</summary>
    public const int WarpThreads = 32;

    /// <summary>The most tokens: each reads the weight anew, mostly from the cache. An estimate, no GPU was at hand.</summary>
    public const int MaxTokens = 8;

    /// <summary>The most products of a launch.</summary>
    public const int MaxTargets = 3;

    /// <summary>Warps of a group: enough to have a panel's segments on their way at once.</summary>
    public const int Warps = 8;

    /// <summary>Twenty-four warps of a multiprocessor, 80 registers a thread: what is read at once has to be somewhere.</summary>
    public static KernelSpecialization Specialization => new(Warps * WarpThreads, minNumGroupsPerMultiprocessor: 3);

    /// <summary>
    /// See the class. Up to three products of one input in one launch; a gate's is made by the same group, one after the
    /// other. Grid columns are all targets' panels, grid rows tokens.
    /// </summary>
    public static void Blocks<TBlock>(QuantizedRows x, VectorTarget first, VectorTarget second, VectorTarget third)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var stage = SharedMemory.Allocate<float>(2 * VectorStage<TBlock>.Floats);
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
        var gate = 0f;
        if (target.HasGate == 1)
        {
            Group.Barrier(); // Nothing is written over that is still read.
            gate = Sum<TBlock>(x, target.Gate, panel, stage);
        }

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
    private static float Sum<TBlock>(QuantizedRows x, ArrayView<int> weight, int panel, ArrayView<float> memory)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var (warp, warps, thread) = (Group.IdxX / WarpThreads, Group.DimX / WarpThreads, Group.IdxX);
        var panelWords = x.Blocks * DevicePanel<TBlock>.SegmentWords;
        var words = weight.SubView((long)panel * panelWords, panelWords);
        var (y, own) = (0f, 0);
        for (var start = 0; start < x.Blocks; start += VectorStage<TBlock>.Segments)
        {
            var stage = new VectorStage<TBlock>(memory.SubView(own * VectorStage<TBlock>.Floats, VectorStage<TBlock>.Floats));
            var end = IntrinsicMath.Min(start + VectorStage<TBlock>.Segments, x.Blocks);
            for (var s = start + (warp * VectorUnit<TBlock>.Segments); s < end; s += warps * VectorUnit<TBlock>.Segments)
            {
                VectorUnit<TBlock>.Put(x, Grid.IdxY, words, s / VectorUnit<TBlock>.Segments, stage, start);
            }

            Group.Barrier();
            if (thread < PanelLayout.Rows)
            {
                y = stage.Add(y, thread, end - start);
            }

            own ^= 1;
        }

        return y;
    }
}
