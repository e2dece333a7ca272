namespace AiKernels.Formats;

/// <summary>IEEE 754 half precision: 1 sign, 5 exponent and 10 mantissa bits.</summary>
/// <param name="bits">The number's bits.</param>
public readonly struct F16(ushort bits) : IFloatFormat<F16>
{
    private readonly ushort _bits = bits;

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.F16;

    /// <inheritdoc/>
    public static int ExponentBits => 5;

    /// <inheritdoc/>
    public static float Value(F16 element) => HalfBits.ToFloat(element._bits);

    /// <inheritdoc/>
    public static float FromBits(int bits) => HalfBits.ToFloat((ushort)bits);

    /// <inheritdoc/>
    public static F16 Round(float value) => new(HalfBits.FromFloat(value));
}
