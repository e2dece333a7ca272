namespace AiKernels.Formats;

/// <summary>IEEE 754 single precision.</summary>
/// <param name="value">The number itself.</param>
public readonly struct F32(float value) : IFloatFormat<F32>
{
    private readonly float _value = value;

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.F32;

    /// <inheritdoc/>
    public static int ExponentBits => 8;

    /// <inheritdoc/>
    public static float Value(F32 element) => element._value;

    /// <inheritdoc/>
    public static float FromBits(int bits) => BitConverter.Int32BitsToSingle(bits);

    /// <inheritdoc/>
    public static F32 Round(float value) => new(value);
}
