namespace AiKernels.Formats;

/// <summary>
/// Conversions between float and the bits of an IEEE 754 half-precision number, by integer arithmetic: .NET's own
/// conversion of <see cref="Half"/> is a call, and GPU compilers don't know it.
/// </summary>
public static class HalfBits
{
    /// <summary>The number that the bits stand for, exactly.</summary>
    public static float ToFloat(ushort bits)
    {
        var sign = (uint)(bits & 0x8000) << 16;
        var exponent = (bits >> 10) & 0x1F;
        var mantissa = (uint)(bits & 0x3FF);
        if (exponent == 0)
        {
            // Subnormal: mantissa * 2^-24, a normal float.
            var magnitude = mantissa * 5.9604644775390625e-8f;
            return sign == 0 ? magnitude : -magnitude;
        }

        var wideExponent = exponent == 0x1F ? 0xFFu : (uint)(exponent + 127 - 15);
        return BitConverter.UInt32BitsToSingle(sign | (wideExponent << 23) | (mantissa << 13));
    }

    /// <summary>The bits of the nearest half-precision number, ties to even; beyond 65,519.99 infinity.</summary>
    public static ushort FromFloat(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        var sign = (bits >> 16) & 0x8000;
        var magnitude = bits & 0x7FFF_FFFF;
        if (magnitude > 0x7F80_0000)
        {
            return (ushort)(sign | 0x7E00);
        }

        if (magnitude >= 0x4780_0000)
        {
            return (ushort)(sign | 0x7C00);
        }

        if (magnitude < 0x3880_0000)
        {
            // Below 2^-14. Adding 2^-1 aligns the number's last bit to 2^-24, and the addition rounds it.
            var aligned = BitConverter.UInt32BitsToSingle(magnitude) + 0.5f;
            return (ushort)(sign | (BitConverter.SingleToUInt32Bits(aligned) & 0xFFFF));
        }

        var rounded = magnitude - 0x3800_0000 + 0xFFF + ((magnitude >> 13) & 1);
        return (ushort)(sign | (rounded >> 13));
    }
}
