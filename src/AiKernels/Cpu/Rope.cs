using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;
using AiKernels.Cpu.Threads;

namespace AiKernels.Cpu;

/// <summary>
/// Turns channel pairs (a, b) by an angle: a' = a cos - b sin, b' = a sin + b cos, each with one fused multiply-add
/// after one product. An item is a row.
/// </summary>
internal readonly unsafe struct Rope<TSimd, TRegister>(Matrix x, int headLength, RopePairing pairing, Matrix rotation) : IWork
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    public void Run(int item)
    {
        var pairs = rotation.Columns / 2;
        var cosines = rotation.Row(item);
        for (var start = 0; start < x.Columns; start += headLength)
        {
            var head = x.Row(item) + start;
            if (pairing == RopePairing.Halves)
            {
                var i = TurnHalves<TSimd, TRegister>(head, cosines, pairs, 0);
                TurnHalves<Scalar, int>(head, cosines, pairs, i);
            }
            else
            {
                TurnAdjacent(head, cosines, pairs);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int TurnHalves<TLanes, TAny>(float* head, float* cosines, int pairs, int i)
        where TLanes : ISimd<TAny>
        where TAny : unmanaged
    {
        for (; i + TLanes.Lanes <= pairs; i += TLanes.Lanes)
        {
            TAny a = TLanes.Load(head + i), b = TLanes.Load(head + pairs + i);
            TAny cos = TLanes.Load(cosines + i), sin = TLanes.Load(cosines + pairs + i);
            var bSin = Lanes<TLanes, TAny>.Negate(TLanes.Multiply(b, sin));
            TLanes.Store(head + i, TLanes.MultiplyAdd(a, cos, bSin));
            TLanes.Store(head + pairs + i, TLanes.MultiplyAdd(a, sin, TLanes.Multiply(b, cos)));
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TurnAdjacent(float* head, float* cosines, int pairs)
    {
        for (var i = 0; i < pairs; i++)
        {
            float a = head[2 * i], b = head[(2 * i) + 1], cos = cosines[i], sin = cosines[pairs + i];
            head[2 * i] = MathF.FusedMultiplyAdd(a, cos, -(b * sin));
            head[(2 * i) + 1] = MathF.FusedMultiplyAdd(a, sin, b * cos);
        }
    }
}
