using System.Runtime.CompilerServices;
using AiKernels.Formats;
using AiKernels.Numerics;

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

    /// <summary>e^x, see <see cref="ExponentialSeries"/>.</summary>
    [MethodImpl(Inline)]
    public static TRegister Exp(TRegister x)
    {
        var (highest, lowest) = (TSimd.Broadcast(ExponentialSeries.Highest), TSimd.Broadcast(ExponentialSeries.Lowest));
        x = TSimd.SelectGreater(x, highest, highest, x);
        x = TSimd.SelectGreater(lowest, x, lowest, x);

        var n = TSimd.RoundToInt(TSimd.Multiply(x, TSimd.Broadcast(ExponentialSeries.Log2E)));
        var whole = TSimd.ToFloat(n);
        var r = TSimd.MultiplySubtractFrom(whole, TSimd.Broadcast(ExponentialSeries.Ln2High), x);
        r = TSimd.MultiplySubtractFrom(whole, TSimd.Broadcast(ExponentialSeries.Ln2Low), r);

        var sum = TSimd.Broadcast(ExponentialSeries.C7);
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Broadcast(ExponentialSeries.C6));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Broadcast(ExponentialSeries.C5));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Broadcast(ExponentialSeries.C4));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Broadcast(ExponentialSeries.C3));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Broadcast(ExponentialSeries.C2));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Broadcast(ExponentialSeries.C1));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Broadcast(ExponentialSeries.C0));

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
