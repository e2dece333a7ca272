using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;

namespace AiKernels.Cpu;

/// <summary>One token: decoding.</summary>
internal unsafe struct OneToken<TRegister> : ITokenTile<OneToken<TRegister>, TRegister>
    where TRegister : unmanaged
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private TRegister _sum;

    public static int Tokens => 1;

    [MethodImpl(Inline)]
    public static OneToken<TRegister> DotUnsigned<TSimd>(
        OneToken<TRegister> partial, TRegister codes, sbyte* activations, nint stride)
        where TSimd : ISimd<TRegister> =>
        new() { _sum = TSimd.DotUnsigned(partial._sum, codes, TSimd.Broadcast(*(int*)activations)) };

    [MethodImpl(Inline)]
    public static OneToken<TRegister> DotSigned<TSimd>(
        OneToken<TRegister> partial, TRegister codes, sbyte* activations, nint stride)
        where TSimd : ISimd<TRegister> =>
        new() { _sum = TSimd.DotSigned(partial._sum, codes, TSimd.Broadcast(*(int*)activations)) };

    [MethodImpl(Inline)]
    public static OneToken<TRegister> Fold<TSimd>(OneToken<TRegister> sum, OneToken<TRegister> partial)
        where TSimd : ISimd<TRegister> => new() { _sum = TSimd.Fold(sum._sum, partial._sum) };

    [MethodImpl(Inline)]
    public static OneToken<TRegister> Fold<TSimd>(
        OneToken<TRegister> sum, OneToken<TRegister> partial, TRegister factors)
        where TSimd : ISimd<TRegister> => new() { _sum = TSimd.Fold(sum._sum, partial._sum, factors) };

    [MethodImpl(Inline)]
    public static OneToken<TRegister> PairDot<TSimd>(
        OneToken<TRegister> sum, TRegister factors, short* sums, int mask, nint stride)
        where TSimd : ISimd<TRegister> =>
        new() { _sum = TSimd.PairDot(sum._sum, factors, TSimd.Broadcast(*(int*)sums & mask)) };

    [MethodImpl(Inline)]
    public static OneToken<TRegister> SubtractScaled<TSimd>(
        OneToken<TRegister> sum, OneToken<TRegister> other, int factor)
        where TSimd : ISimd<TRegister> =>
        new() { _sum = TSimd.SubtractInt(sum._sum, TSimd.MultiplyInt(other._sum, TSimd.Broadcast(factor))) };

    [MethodImpl(Inline)]
    public static OneToken<TRegister> AddScaled<TSimd>(
        OneToken<TRegister> sum, TRegister scale, float* t, OneToken<TRegister> integers, nint stride)
        where TSimd : ISimd<TRegister> =>
        new()
        {
            _sum = TSimd.MultiplyAdd(
                TSimd.Multiply(scale, TSimd.Broadcast(*t)), TSimd.ToFloat(integers._sum), sum._sum),
        };

    [MethodImpl(Inline)]
    public static OneToken<TRegister> MultiplyAdd<TSimd>(
        OneToken<TRegister> sum, TRegister weight, float* x, nint stride)
        where TSimd : ISimd<TRegister> =>
        new() { _sum = TSimd.MultiplyAdd(weight, TSimd.Broadcast(*x), sum._sum) };

    [MethodImpl(Inline)]
    public static OneToken<TRegister> Load<TSimd>(float* source, nint stride)
        where TSimd : ISimd<TRegister> => new() { _sum = TSimd.Load(source) };

    [MethodImpl(Inline)]
    public static void Store<TSimd>(OneToken<TRegister> sum, float* destination, nint stride)
        where TSimd : ISimd<TRegister> => TSimd.Store(destination, sum._sum);
}
