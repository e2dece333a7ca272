using AiKernels.Cpu.Simd;

namespace AiKernels.Cpu;

/// <summary>
/// One register for each of a few tokens: what a panel's rows have summed so far for each. The more tokens, the more
/// products a loaded weight serves; the registers set the limit.
/// </summary>
/// <remarks>Functions take the first token's operand and the distance to the next token's, in elements.</remarks>
internal unsafe interface ITokenTile<TSelf, TRegister>
    where TSelf : unmanaged, ITokenTile<TSelf, TRegister>
    where TRegister : unmanaged
{
    static abstract int Tokens { get; }

    static abstract TSelf DotUnsigned<TSimd>(TSelf partial, TRegister codes, sbyte* activations, nint stride)
        where TSimd : ISimd<TRegister>;

    static abstract TSelf DotSigned<TSimd>(TSelf partial, TRegister codes, sbyte* activations, nint stride)
        where TSimd : ISimd<TRegister>;

    static abstract TSelf Fold<TSimd>(TSelf sum, TSelf partial)
        where TSimd : ISimd<TRegister>;

    static abstract TSelf Fold<TSimd>(TSelf sum, TSelf partial, TRegister factors)
        where TSimd : ISimd<TRegister>;

    /// <summary>sum + factors * (the pair of activation sums, masked).</summary>
    static abstract TSelf PairDot<TSimd>(TSelf sum, TRegister factors, short* sums, int mask, nint stride)
        where TSimd : ISimd<TRegister>;

    /// <summary>sum - factor * other, in int32.</summary>
    static abstract TSelf SubtractScaled<TSimd>(TSelf sum, TSelf other, int factor)
        where TSimd : ISimd<TRegister>;

    /// <summary>fma(scale * t, (float)integers, sum).</summary>
    static abstract TSelf AddScaled<TSimd>(TSelf sum, TRegister scale, float* t, TSelf integers, nint stride)
        where TSimd : ISimd<TRegister>;

    /// <summary>fma(weight, x, sum).</summary>
    static abstract TSelf MultiplyAdd<TSimd>(TSelf sum, TRegister weight, float* x, nint stride)
        where TSimd : ISimd<TRegister>;

    static abstract TSelf Load<TSimd>(float* source, nint stride)
        where TSimd : ISimd<TRegister>;

    static abstract void Store<TSimd>(TSelf sum, float* destination, nint stride)
        where TSimd : ISimd<TRegister>;
}
