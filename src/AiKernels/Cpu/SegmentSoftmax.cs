using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* sums, int count, float scale, out float maximum, out float total)
    {
        var factor = TSimd.Broadcast(scale);
        for (var p = 0; p < Segment; p += TSimd.Lanes)
        {
            TSimd.Store(sums + p, TSimd.Multiply(TSimd.Load(sums + p), factor));
        }

        if (count < Segment)
        {
            new Span<float>(sums + count, Segment - count).Fill(float.NegativeInfinity);
        }

        // The largest score: a NaN at the first place stays, at a later one it is passed over.
        var lanes = stackalloc float[PartialSums.Count];
        maximum = float.IsNaN(sums[0]) ? sums[0] : Largest(sums, lanes);
        var m = TSimd.Broadcast(maximum);
        for (var p = 0; p < Segment; p += TSimd.Lanes)
        {
            TSimd.Store(sums + p, Lanes<TSimd, TRegister>.Exp(TSimd.Subtract(TSimd.Load(sums + p), m)));
        }

        if (count < Segment)
        {
            // Adding these zeros changes no sum; what their lanes came to, with m infinite, would.
            new Span<float>(sums + count, Segment - count).Clear();
        }

        total = Total(sums, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(float* scores, float* lanes)
    {
        var largest = TSimd.Broadcast(float.NegativeInfinity);
        for (var p = 0; p < Segment; p += TSimd.Lanes)
        {
            largest = Larger(TSimd.Load(scores + p), largest);
        }

        // Halves against halves, down to one: every lane then holds the largest or something smaller.
        TSimd.Store(lanes, largest);
        for (var width = TSimd.Lanes; width < PartialSums.Count; width *= 2)
        {
            new ReadOnlySpan<float>(lanes, width).CopyTo(new Span<float>(lanes + width, width));
        }

        var four = Larger(
            Larger(Vector128.Load(lanes), Vector128.Load(lanes + 4)), Larger(Vector128.Load(lanes + 8), Vector128.Load(lanes + 12)));
        var two = Larger(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Larger(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2)))[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Larger(TRegister left, TRegister right) => TSimd.SelectGreater(left, right, left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Larger(Vector128<float> left, Vector128<float> right) =>
        Vector128.ConditionalSelect(Vector128.GreaterThan(left, right), left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Total(float* weights, float* lanes)
    {
        for (var first = 0; first < PartialSums.Count; first += TSimd.Lanes)
        {
            var sum = TSimd.Broadcast(0f);
            for (var p = first; p < Segment; p += PartialSums.Count)
            {
                sum = TSimd.Add(sum, TSimd.Load(weights + p));
            }

            TSimd.Store(lanes + first, sum);
        }

        return PartialSums.Tree(lanes);
    }
}
