using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;
using AiKernels.Cpu.Threads;
using AiKernels.Numerics;

namespace AiKernels.Cpu;

/// <summary>
/// Walsh-Hadamard transform of every B channels, in place: x s, then (a, b) = (a + b, a - b) for the channels that are
/// 1 apart, 2 apart, 4 apart and so on. An item is a row.
/// </summary>
internal readonly unsafe struct HadamardTransform<TSimd, TRegister>(Matrix x, int headLength) : IWork
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const int MaxLanes = 16;

    private readonly int _length = Hadamard.Length(headLength);

    /// <summary>Of pairs 1, 2, 4 and 8 lanes apart: 1 for the first of a pair, -1 for the second.</summary>
    private static ReadOnlySpan<float> Signs =>
    [
        1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1,
        1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1,
        1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1,
        1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1,
    ];

    public void Run(int item)
    {
        var row = x.Row(item);
        for (var start = 0; start < x.Columns; start += _length)
        {
            if (_length >= TSimd.Lanes)
            {
                Transform<TSimd, TRegister>(row + start);
            }
            else
            {
                Transform<Scalar, int>(row + start);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transform<TLanes, TAny>(float* numbers)
        where TLanes : ISimd<TAny>
        where TAny : unmanaged
    {
        var scale = TLanes.Broadcast(Hadamard.Scale(_length));
        for (var i = 0; i < _length; i += TLanes.Lanes)
        {
            TLanes.Store(numbers + i, WithinRegister<TLanes, TAny>(TLanes.Multiply(TLanes.Load(numbers + i), scale)));
        }

        for (var apart = TLanes.Lanes; apart < _length; apart *= 2)
        {
            for (var first = 0; first < _length; first += 2 * apart)
            {
                for (var i = first; i < first + apart; i += TLanes.Lanes)
                {
                    TAny a = TLanes.Load(numbers + i), b = TLanes.Load(numbers + i + apart);
                    TLanes.Store(numbers + i, TLanes.Add(a, b));
                    TLanes.Store(numbers + i + apart, TLanes.Subtract(a, b));
                }
            }
        }
    }

    /// <summary>The other of a pair plus or minus the lane itself: fused with a product by 1 or -1, which is exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TAny WithinRegister<TLanes, TAny>(TAny x)
        where TLanes : ISimd<TAny>
        where TAny : unmanaged
    {
        fixed (float* signs = Signs)
        {
            // Distances must be literals to become immediates.
            x = TLanes.Lanes > 1 ? TLanes.MultiplyAdd(x, TLanes.Load(signs), TLanes.SwapLanes(x, 1)) : x;
            x = TLanes.Lanes > 2 ? TLanes.MultiplyAdd(x, TLanes.Load(signs + MaxLanes), TLanes.SwapLanes(x, 2)) : x;
            x = TLanes.Lanes > 4 ? TLanes.MultiplyAdd(x, TLanes.Load(signs + (2 * MaxLanes)), TLanes.SwapLanes(x, 4)) : x;
            return TLanes.Lanes > 8 ? TLanes.MultiplyAdd(x, TLanes.Load(signs + (3 * MaxLanes)), TLanes.SwapLanes(x, 8)) : x;
        }
    }
}
