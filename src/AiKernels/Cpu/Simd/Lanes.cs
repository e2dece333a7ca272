using System.Runtime.CompilerServices;
using AiKernels.Formats;

namespace AiKernels.Cpu.Simd;

/// <summary>Functions of lanes that every instruction set gets for free.</summary>
/// <typeparam name="TSimd">The instruction set.</typeparam>
/// <typeparam name="TRegister">Its register.</typeparam>
internal static unsafe class Lanes<TSimd, TRegister>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>-x, for zeros too: 0 - 0 would lose the sign.</summary>
    [MethodImpl(Inline)]
    public static TRegister Negate(TRegister x) => TSimd.Subtract(TSimd.Broadcast(-0f), x);

    /// <summary>
    /// e^x: x = n ln 2 + r, e^r by its Taylor series to r^7 (error below 6e-9, so 1 ulp in all), times 2^n.
    /// </summary>
    [MethodImpl(Inline)]
    public static TRegister Exp(TRegister x)
    {
        // Beyond these the result is infinity and zero anyway, and n would leave its range.
        var (highest, lowest) = (TSimd.Broadcast(89f), TSimd.Broadcast(-104f));
        x = TSimd.SelectGreater(x, highest, highest, x);
        x = TSimd.SelectGreater(lowest, x, lowest, x);

        var n = TSimd.RoundToInt(TSimd.Multiply(x, TSimd.Broadcast(1.44269504f)));
        var whole = TSimd.ToFloat(n);
        // ln 2 in two parts; the first has 9 bits, so that its multiples are exact.
        var r = TSimd.MultiplySubtractFrom(whole, TSimd.Broadcast(0.693359375f), x);
        r = TSimd.MultiplySubtractFrom(whole, TSimd.Broadcast(-2.12194440e-4f), r);

        var sum = TSimd.Broadcast(1f / 5040);
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Broadcast(1f / 720));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Broadcast(1f / 120));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Broadcast(1f / 24));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Broadcast(1f / 6));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Broadcast(0.5f));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Broadcast(1f));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Broadcast(1f));

        // 2^n in two factors: alone it can be subnormal or overflow where the product isn't.
        var half = TSimd.ShiftRightArithmeticInt(n, 1);
        return TSimd.Multiply(TSimd.Multiply(sum, PowerOfTwo(half)), PowerOfTwo(TSimd.SubtractInt(n, half)));
    }

    /// <summary>Half-precision numbers as floats, exactly.</summary>
    [MethodImpl(Inline)]
    public static TRegister LoadHalf(ushort* source)
    {
        var bits = TSimd.LoadUInt16(source);
        var exponent = TSimd.And(bits, TSimd.Broadcast(0x7C00));
        var sign = TSimd.ShiftLeftInt(TSimd.And(bits, TSimd.Broadcast(0x8000)), 16);
        var shifted = TSimd.ShiftLeftInt(TSimd.And(bits, TSimd.Broadcast(0x7FFF)), 13);

        // Normal numbers need their exponent rebased. Subnormal ones, rebased as if their exponent were 1, are 2^-14
        // too large; never a subnormal operand, which would cost some 150 cycles. Exponent 31 becomes 255.
        var normal = TSimd.AddInt(shifted, TSimd.Broadcast((127 - 15) << 23));
        var excess = TSimd.Broadcast((127 - 14) << 23);
        var subnormal = TSimd.Subtract(TSimd.AddInt(shifted, excess), excess);
        var special = TSimd.AddInt(normal, TSimd.Broadcast((255 - 31 - (127 - 15)) << 23));
        var magnitude = TSimd.SelectEqualInt(exponent, TSimd.Broadcast(0x7C00), special, normal);
        magnitude = TSimd.SelectEqualInt(exponent, TSimd.Broadcast(0), subnormal, magnitude);
        return TSimd.Or(magnitude, sign);
    }

    /// <summary>Elements of a float format as floats, exactly.</summary>
    [MethodImpl(Inline)]
    public static TRegister LoadFloats<TElement>(TElement* source)
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        if (sizeof(TElement) == sizeof(float))
        {
            return TSimd.Load(source);
        }

        return TElement.ExponentBits == 8
            ? TSimd.ShiftLeftInt(TSimd.LoadUInt16((ushort*)source), 16)
            : LoadHalf((ushort*)source);
    }

    [MethodImpl(Inline)]
    private static TRegister PowerOfTwo(TRegister exponent) =>
        TSimd.ShiftLeftInt(TSimd.AddInt(exponent, TSimd.Broadcast(127)), 23);
}
