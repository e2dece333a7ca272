using AiKernels.Cache;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>
/// The softmax state of a segment of 64 positions, for a token's head: m, its largest score, and l, the sum of
/// exp(score - m); the channels o, the sum of exp(score - m) v, each thread makes for itself. Source: the online softmax of
/// arXiv:1805.02867.
/// </summary>
internal readonly struct SegmentState
{
    /// <summary>Threads of a group: in scores a thread is a position, in sums of values a channel.</summary>
    public const int Threads = KeyValueShape.SegmentLength;

    public readonly float Maximum, Sum;

    private SegmentState(float maximum, float sum) => (Maximum, Sum) = (maximum, sum);

    /// <summary>Computes a state with all threads of the group; what they share then holds exp(score - m).</summary>
    /// <param name="query">Whose attention it is.</param>
    /// <param name="start">The segment's first position.</param>
    /// <param name="weights">Shared, a float a position.</param>
    /// <param name="partial">Shared, <see cref="PartialSums.Count"/> floats.</param>
    public static SegmentState Compute<TKeyValues>(AttentionQuery query, int start, ArrayView<float> weights, ArrayView<float> partial)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var (thread, count) = (Group.IdxX, query.Count(start));
        Group.Barrier(); // The last segment's weights are still being read.
        weights[thread] = thread < count ? query.Score<TKeyValues>(start, thread) : 0;
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
        return new SegmentState(largest, PartialSums.Tree(partial));
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
}
