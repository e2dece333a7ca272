using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;

namespace AiKernels.Cpu;

/// <summary>
/// Four tokens: prefill. Four fields, no array and no nesting, since that is as much as RyuJIT keeps in registers.
/// </summary>
internal unsafe struct FourTokens<TRegister> : ITokenTile<FourTokens<TRegister>, TRegister>
    where TRegister : unmanaged
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private TRegister _a, _b, _c, _d;

    public static int Tokens => 4;

    [MethodImpl(Inline)]
    public static FourTokens<TRegister> DotUnsigned<TSimd>(
        FourTokens<TRegister> partial, TRegister codes, sbyte* activations, nint stride)
        where TSimd : ISimd<TRegister>
    {
        FourTokens<TRegister> result;
        result._a = TSimd.DotUnsigned(partial._a, codes, TSimd.Broadcast(*(int*)activations));
        result._b = TSimd.DotUnsigned(partial._b, codes, TSimd.Broadcast(*(int*)(activations + stride)));
        result._c = TSimd.DotUnsigned(partial._c, codes, TSimd.Broadcast(*(int*)(activations + (2 * stride))));
        result._d = TSimd.DotUnsigned(partial._d, codes, TSimd.Broadcast(*(int*)(activations + (3 * stride))));
        return result;
    }

    [MethodImpl(Inline)]
    public static FourTokens<TRegister> DotSigned<TSimd>(
        FourTokens<TRegister> partial, TRegister codes, sbyte* activations, nint stride)
        where TSimd : ISimd<TRegister>
    {
        FourTokens<TRegister> result;
        result._a = TSimd.DotSigned(partial._a, codes, TSimd.Broadcast(*(int*)activations));
        result._b = TSimd.DotSigned(partial._b, codes, TSimd.Broadcast(*(int*)(activations + stride)));
        result._c = TSimd.DotSigned(partial._c, codes, TSimd.Broadcast(*(int*)(activations + (2 * stride))));
        result._d = TSimd.DotSigned(partial._d, codes, TSimd.Broadcast(*(int*)(activations + (3 * stride))));
        return result;
    }

    [MethodImpl(Inline)]
    public static FourTokens<TRegister> Fold<TSimd>(FourTokens<TRegister> sum, FourTokens<TRegister> partial)
        where TSimd : ISimd<TRegister>
    {
        FourTokens<TRegister> result;
        result._a = TSimd.Fold(sum._a, partial._a);
        result._b = TSimd.Fold(sum._b, partial._b);
        result._c = TSimd.Fold(sum._c, partial._c);
        result._d = TSimd.Fold(sum._d, partial._d);
        return result;
    }

    [MethodImpl(Inline)]
    public static FourTokens<TRegister> Fold<TSimd>(
        FourTokens<TRegister> sum, FourTokens<TRegister> partial, TRegister factors)
        where TSimd : ISimd<TRegister>
    {
        FourTokens<TRegister> result;
        result._a = TSimd.Fold(sum._a, partial._a, factors);
        result._b = TSimd.Fold(sum._b, partial._b, factors);
        result._c = TSimd.Fold(sum._c, partial._c, factors);
        result._d = TSimd.Fold(sum._d, partial._d, factors);
        return result;
    }

    [MethodImpl(Inline)]
    public static FourTokens<TRegister> PairDot<TSimd>(
        FourTokens<TRegister> sum, TRegister factors, short* sums, int mask, nint stride)
        where TSimd : ISimd<TRegister>
    {
        FourTokens<TRegister> result;
        result._a = TSimd.PairDot(sum._a, factors, TSimd.Broadcast(*(int*)sums & mask));
        result._b = TSimd.PairDot(sum._b, factors, TSimd.Broadcast(*(int*)(sums + stride) & mask));
        result._c = TSimd.PairDot(sum._c, factors, TSimd.Broadcast(*(int*)(sums + (2 * stride)) & mask));
        result._d = TSimd.PairDot(sum._d, factors, TSimd.Broadcast(*(int*)(sums + (3 * stride)) & mask));
        return result;
    }

    [MethodImpl(Inline)]
    public static FourTokens<TRegister> SubtractScaled<TSimd>(
        FourTokens<TRegister> sum, FourTokens<TRegister> other, int factor)
        where TSimd : ISimd<TRegister>
    {
        var scale = TSimd.Broadcast(factor);
        FourTokens<TRegister> result;
        result._a = TSimd.SubtractInt(sum._a, TSimd.MultiplyInt(other._a, scale));
        result._b = TSimd.SubtractInt(sum._b, TSimd.MultiplyInt(other._b, scale));
        result._c = TSimd.SubtractInt(sum._c, TSimd.MultiplyInt(other._c, scale));
        result._d = TSimd.SubtractInt(sum._d, TSimd.MultiplyInt(other._d, scale));
        return result;
    }

    [MethodImpl(Inline)]
    public static FourTokens<TRegister> AddScaled<TSimd>(
        FourTokens<TRegister> sum, TRegister scale, float* t, FourTokens<TRegister> integers, nint stride)
        where TSimd : ISimd<TRegister>
    {
        FourTokens<TRegister> result;
        result._a = AddScaled<TSimd>(sum._a, scale, t[0], integers._a);
        result._b = AddScaled<TSimd>(sum._b, scale, t[stride], integers._b);
        result._c = AddScaled<TSimd>(sum._c, scale, t[2 * stride], integers._c);
        result._d = AddScaled<TSimd>(sum._d, scale, t[3 * stride], integers._d);
        return result;
    }

    [MethodImpl(Inline)]
    public static FourTokens<TRegister> MultiplyAdd<TSimd>(
        FourTokens<TRegister> sum, TRegister weight, float* x, nint stride)
        where TSimd : ISimd<TRegister>
    {
        FourTokens<TRegister> result;
        result._a = TSimd.MultiplyAdd(weight, TSimd.Broadcast(x[0]), sum._a);
        result._b = TSimd.MultiplyAdd(weight, TSimd.Broadcast(x[stride]), sum._b);
        result._c = TSimd.MultiplyAdd(weight, TSimd.Broadcast(x[2 * stride]), sum._c);
        result._d = TSimd.MultiplyAdd(weight, TSimd.Broadcast(x[3 * stride]), sum._d);
        return result;
    }

    [MethodImpl(Inline)]
    public static FourTokens<TRegister> Load<TSimd>(float* source, nint stride)
        where TSimd : ISimd<TRegister>
    {
        FourTokens<TRegister> result;
        result._a = TSimd.Load(source);
        result._b = TSimd.Load(source + stride);
        result._c = TSimd.Load(source + (2 * stride));
        result._d = TSimd.Load(source + (3 * stride));
        return result;
    }

    [MethodImpl(Inline)]
    public static void Store<TSimd>(FourTokens<TRegister> sum, float* destination, nint stride)
        where TSimd : ISimd<TRegister>
    {
        TSimd.Store(destination, sum._a);
        TSimd.Store(destination + stride, sum._b);
        TSimd.Store(destination + (2 * stride), sum._c);
        TSimd.Store(destination + (3 * stride), sum._d);
    }

    [MethodImpl(Inline)]
    private static TRegister AddScaled<TSimd>(TRegister sum, TRegister scale, float t, TRegister integers)
        where TSimd : ISimd<TRegister> =>
        TSimd.MultiplyAdd(TSimd.Multiply(scale, TSimd.Broadcast(t)), TSimd.ToFloat(integers), sum);
}
