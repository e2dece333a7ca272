using AiKernels.Cache;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>
/// Attention of few tokens over long contexts: groups make the states of all segments side by side, then a group for each
/// token's head joins them in their order, which gives the bits of <see cref="AttentionKernel"/>.
/// </summary>
internal static class SplitAttentionKernel
{
    /// <summary>Floats of a state: m, l and the channels.</summary>
    public static int StateLength(int headLength) => headLength + 2;

    /// <summary>The states [T][H][segments]. Grid: heads, tokens, segments.</summary>
    public static void States<TKeyValues>(
        DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, int heads, float scale, ArrayView<float> states)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var weights = SharedMemory.Allocate<float>(KeyValueShape.SegmentLength);
        var partial = SharedMemory.Allocate<float>(PartialSums.Count);
        var query = new AttentionQuery(q, quantized, pages, places, heads, scale, Grid.IdxY, Grid.IdxX);
        var start = Grid.IdxZ * KeyValueShape.SegmentLength;
        if (start >= query.Length)
        {
            return;
        }

        var state = SegmentState.Compute<TKeyValues>(query, start, weights, partial);
        var place = First(pages.HeadLength, heads, Grid.DimZ) + ((long)Grid.IdxZ * StateLength(pages.HeadLength));
        states[place] = state.Maximum;
        states[place + 1] = state.Sum;
        for (var d = Group.IdxX; d < pages.HeadLength; d += SegmentState.Threads)
        {
            states[place + 2 + d] = query.Output<TKeyValues>(start, weights, d);
        }
    }

    /// <summary>y from the states. Grid: heads, tokens.</summary>
    public static void Join(DevicePlaces places, int heads, int headLength, int segments, ArrayView<float> states, DeviceMatrix y)
    {
        var first = First(headLength, heads, segments);
        var own = (places.Position(Grid.IdxY) / KeyValueShape.SegmentLength) + 1;
        for (var d = Group.IdxX; d < headLength; d += Group.DimX)
        {
            float maximum = states[first], sum = states[first + 1], output = states[first + 2 + d];
            for (var segment = 1; segment < own; segment++)
            {
                var place = first + ((long)segment * StateLength(headLength));
                var merge = new StateMerge(maximum, states[place]);
                sum = merge.Join(sum, states[place + 1]);
                output = merge.Join(output, states[place + 2 + d]);
                maximum = merge.Maximum;
            }

            y[Grid.IdxY, (Grid.IdxX * headLength) + d] = output / sum;
        }
    }

    /// <summary>Where the states of the group's token and head begin.</summary>
    private static long First(int headLength, int heads, int segments) =>
        (((long)Grid.IdxY * heads) + Grid.IdxX) * segments * StateLength(headLength);
}
