namespace AiKernels.Formats;

/// <summary>
/// A format that stores every number as a float of its own: a sign, <see cref="ExponentBits"/> and the rest mantissa.
/// </summary>
/// <typeparam name="TSelf">The element struct, laid out as in the file.</typeparam>
public interface IFloatFormat<TSelf>
    where TSelf : unmanaged, IFloatFormat<TSelf>
{
    /// <summary>The id under which files carry the format.</summary>
    static abstract GgmlType Type { get; }

    /// <summary>Bits of the exponent: 8 for F32 and BF16, 5 for F16.</summary>
    static abstract int ExponentBits { get; }

    /// <summary>The number, exactly.</summary>
    static abstract float Value(TSelf element);

    /// <summary>The number that bits stand for, exactly; what is above an element's own bits doesn't count.</summary>
    static abstract float FromBits(int bits);

    /// <summary>The nearest element, ties to even.</summary>
    static abstract TSelf Round(float value);
}
