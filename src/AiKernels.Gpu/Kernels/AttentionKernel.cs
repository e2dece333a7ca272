using AiKernels.Cache;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>
/// y = softmax(scale q k^T) v over a token's own positions, segment by segment; each one's state joins those before it. A
/// group is a token's head.
/// </summary>
internal static class AttentionKernel
{
    public static void Run<TKeyValues>(
        DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, int heads, float scale, DeviceMatrix y)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var weights = SharedMemory.Allocate<float>(KeyValueShape.SegmentLength);
        var partial = SharedMemory.Allocate<float>(PartialSums.Count);
        var token = Grid.IdxY;
        var query = new AttentionQuery(q, quantized, pages, places, heads, scale, token, Grid.IdxX);
        float maximum = 0, sum = 0;
        for (var start = 0; start < query.Length; start += KeyValueShape.SegmentLength)
        {
            var state = SegmentState.Compute<TKeyValues>(query, start, weights, partial);
            var merge = new StateMerge(start == 0 ? state.Maximum : maximum, state.Maximum);
            for (var d = Group.IdxX; d < pages.HeadLength; d += SegmentState.Threads)
            {
                var output = query.Output<TKeyValues>(start, weights, d);
                ref var sums = ref y[token, query.Column + d];
                sums = start == 0 ? output : merge.Join(sums, output);
            }

            sum = start == 0 ? state.Sum : merge.Join(sum, state.Sum);
            maximum = merge.Maximum;
        }

        for (var d = Group.IdxX; d < pages.HeadLength; d += SegmentState.Threads)
        {
            ref var sums = ref y[token, query.Column + d];
            sums /= sum;
        }
    }
}
