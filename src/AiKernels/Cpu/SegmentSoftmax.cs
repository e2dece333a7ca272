using System.Runtime.CompilerServices;
using AiKernels.Cache;
using AiKernels.Cpu.Simd;

namespace AiKernels.Cpu;

/// <summary>Turns a segment's sums q k^T into weights exp(score - m), and gives m and the weights' sum.</summary>
internal static unsafe class SegmentSoftmax<TSimd, TRegister>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const int Segment = KeyValueShape.SegmentLength;

    /// <summary>sums [64], of which <paramref name="count"/> count; the weights of the others are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* sums, int count, float scale, out float maximum, out float total)
    {
        var factor = TSimd.Broadcast(scale);
        for (var p = 0; p < Segment; p += TSimd.Lanes)
        {
            TSimd.Store(sums + p, TSimd.Multiply(TSimd.Load(sums + p), factor));
        }

        new Span<float>(sums + count, Segment - count).Fill(float.NegativeInfinity);
        var m = TSimd.Broadcast(maximum = Maximum(sums));
        for (var p = 0; p < Segment; p += TSimd.Lanes)
        {
            TSimd.Store(sums + p, Lanes<TSimd, TRegister>.Exp(TSimd.Subtract(TSimd.Load(sums + p), m)));
        }

        // Adding these zeros changes no sum; what their lanes came to, with m infinite, would.
        new Span<float>(sums + count, Segment - count).Clear();
        total = Total(sums);
    }

    /// <summary>The largest score: a NaN first stays, a later one is passed over.</summary>
    private static float Maximum(float* scores)
    {
        if (float.IsNaN(scores[0]))
        {
            return scores[0];
        }

        var largest = TSimd.Broadcast(float.NegativeInfinity);
        for (var p = 0; p < Segment; p += TSimd.Lanes)
        {
            var next = TSimd.Load(scores + p);
            largest = TSimd.SelectGreater(next, largest, next, largest);
        }

        var lanes = stackalloc float[TSimd.Lanes];
        TSimd.Store(lanes, largest);
        var maximum = lanes[0];
        for (var lane = 1; lane < TSimd.Lanes; lane++)
        {
            maximum = lanes[lane] > maximum ? lanes[lane] : maximum;
        }

        return maximum;
    }

    private static float Total(float* weights)
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
