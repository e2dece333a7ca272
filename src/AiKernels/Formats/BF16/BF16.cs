namespace AiKernels.Formats;

/// <summary>bfloat16: the upper half of a single-precision number.</summary>
/// <param name="bits">The number's bits.</param>
public readonly struct BF16(ushort bits) : IFloatFormat<BF16>
{
    private readonly ushort _bits = bits;

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.BF16;

    /// <inheritdoc/>
    public static int ExponentBits => 8;

    /// <inheritdoc/>
    public static float Value(BF16 element) => BitConverter.Int32BitsToSingle(element._bits << 16);

    /// <inheritdoc/>
    public static float FromBits(int bits) => BitConverter.Int32BitsToSingle(bits << 16);

    /// <inheritdoc/>
    public static BF16 Round(float value)
    {
        var bits = (uint)BitConverter.SingleToInt32Bits(value);
        return float.IsNaN(value)
            ? new((ushort)((bits >> 16) | 0x40)) // Rounding could carry a NaN's mantissa into infinity.
            : new((ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
    }
}
