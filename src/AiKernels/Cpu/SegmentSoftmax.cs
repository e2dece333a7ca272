using AiKernels.Cache;
using AiKernels.Cpu.Simd;

namespace AiKernels.Cpu;

/// <summary>Turns a segment's scores into weights exp(score - m), and says m and the weights' sum.</summary>
internal static unsafe class SegmentSoftmax<TSimd, TRegister>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const int Segment = KeyValueShape.SegmentLength;

    /// <summary>scores [64], of which <paramref name="count"/> count; the others become 0.</summary>
    public static SoftmaxState Run(float* scores, int count)
    {
        var maximum = scores[0];
        for (var p = 1; p < count; p++)
        {
            maximum = scores[p] > maximum ? scores[p] : maximum;
        }

        for (var p = 0; p < count; p += TSimd.Lanes)
        {
            var shifted = TSimd.Subtract(TSimd.Load(scores + p), TSimd.Broadcast(maximum));
            TSimd.Store(scores + p, Lanes<TSimd, TRegister>.Exp(shifted));
        }

        // Adding these zeros changes no sum.
        new Span<float>(scores + count, Segment - count).Clear();
        return new SoftmaxState(maximum, Sum(scores));
    }

    private static float Sum(float* weights)
    {
        var sums = stackalloc float[PartialSums.Count];
        for (var first = 0; first < PartialSums.Count; first += TSimd.Lanes)
        {
            var sum = TSimd.Broadcast(0f);
            for (var p = first; p < Segment; p += PartialSums.Count)
            {
                sum = TSimd.Add(sum, TSimd.Load(weights + p));
            }

            TSimd.Store(sums + first, sum);
        }

        return PartialSums.Tree(sums);
    }
}
