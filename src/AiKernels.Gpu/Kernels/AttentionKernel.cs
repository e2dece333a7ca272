using AiKernels.Cache;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>
/// y = softmax(scale q k^T) v over a token's own positions, segment by segment of 64; each segment's softmax state is
/// merged into those before it. A group is a token's head: in scores a thread is a position, in sums of values a channel.
/// Source: the online softmax of arXiv:1805.02867.
/// </summary>
internal static class AttentionKernel
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = KeyValueShape.SegmentLength;

    private const int SegmentLength = KeyValueShape.SegmentLength;

    public static void Run<TKeyValues>(
        DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, int heads, float scale, DeviceMatrix y)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var weights = SharedMemory.Allocate<float>(SegmentLength);
        var partial = SharedMemory.Allocate<float>(PartialSums.Count);
        var (head, token, thread) = (Grid.IdxX, Grid.IdxY, Group.IdxX);
        var (shared, column, length) = (head * pages.Heads / heads, head * pages.HeadLength, places.Position(token) + 1);
        float maximum = 0, sum = 0;
        for (var start = 0; start < length; start += SegmentLength)
        {
            var count = IntrinsicMath.Min(SegmentLength, length - start);
            var (page, slot) = (places.Page(token, start / pages.PageLength), start % pages.PageLength);
            Group.Barrier(); // The last segment's weights are still being read.
            weights[thread] = thread < count
                ? DeviceMath.Multiply(TKeyValues.Score(pages, pages.Keys(page, shared), slot + thread, q, quantized, token, column), scale)
                : 0;
            Group.Barrier();
            var largest = Largest(weights, count);
            var weight = thread < count ? DeviceMath.Exp(DeviceMath.Add(weights[thread], -largest)) : 0;
            Group.Barrier(); // All have seen the scores.
            weights[thread] = weight;
            Group.Barrier();
            if (thread < PartialSums.Count)
            {
                partial[thread] = Partial(weights, thread, count);
            }

            Group.Barrier();
            var (state, segmentSum) = (new Merge(maximum, largest, start == 0), PartialSums.Tree(partial));
            for (var d = thread; d < pages.HeadLength; d += Threads)
            {
                var output = Weighted<TKeyValues>(pages, pages.Values(page, shared), slot, weights, count, d);
                ref var sums = ref y[token, column + d];
                sums = start == 0 ? output : DeviceMath.Fma(output, state.Add, DeviceMath.Multiply(sums, state.Keep));
            }

            sum = start == 0 ? segmentSum : DeviceMath.Fma(segmentSum, state.Add, DeviceMath.Multiply(sum, state.Keep));
            maximum = state.Maximum;
        }

        for (var d = thread; d < pages.HeadLength; d += Threads)
        {
            ref var sums = ref y[token, column + d];
            sums /= sum;
        }
    }

    /// <summary>The first one that none after it exceeds, so that NaN counts as the definition says.</summary>
    private static float Largest(ArrayView<float> scores, int count)
    {
        var largest = scores[0];
        for (var p = 1; p < count; p++)
        {
            largest = scores[p] > largest ? scores[p] : largest;
        }

        return largest;
    }

    private static float Partial(ArrayView<float> weights, int first, int count)
    {
        var sum = 0f;
        for (var p = first; p < count; p += PartialSums.Count)
        {
            sum = DeviceMath.Add(sum, weights[p]);
        }

        return sum;
    }

    /// <summary>The sum of weight v over some positions, for a channel.</summary>
    private static float Weighted<TKeyValues>(
        DevicePages pages, long values, int slot, ArrayView<float> weights, int count, int channel)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var sum = 0f;
        for (var p = 0; p < count; p++)
        {
            sum = DeviceMath.Fma(weights[p], TKeyValues.Value(pages, values, slot + p, channel), sum);
        }

        return sum;
    }

    /// <summary>What the sums so far and a segment's are multiplied with when they are added up.</summary>
    private readonly struct Merge
    {
        public readonly float Maximum, Keep, Add;

        public Merge(float before, float segment, bool isFirst)
        {
            Maximum = isFirst || segment > before ? segment : before;
            Keep = isFirst ? 0 : DeviceMath.Exp(DeviceMath.Add(before, -Maximum));
            Add = isFirst ? 1 : DeviceMath.Exp(DeviceMath.Add(segment, -Maximum));
        }
    }
}
