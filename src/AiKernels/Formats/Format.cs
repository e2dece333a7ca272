namespace AiKernels.Formats;

/// <summary>What is done with a format, whichever it is: the way from a type id to the closed generic type.</summary>
/// <typeparam name="TResult">What it gives back.</typeparam>
public interface IFormatVisitor<out TResult>
{
    /// <summary>Called for a quantized format.</summary>
    TResult VisitBlocks<TBlock>()
        where TBlock : unmanaged, IBlockFormat<TBlock>;

    /// <summary>Called for a format of floats.</summary>
    TResult VisitFloats<TElement>()
        where TElement : unmanaged, IFloatFormat<TElement>;
}

/// <summary>A format as a value: its id, and what follows from its functions for whole rows of numbers.</summary>
public abstract class Format
{
    private protected Format(GgmlType type) => Type = type;

    /// <summary>The id under which files carry it.</summary>
    public GgmlType Type { get; }

    /// <summary>Calls the visitor with the closed type.</summary>
    public abstract TResult Visit<TVisitor, TResult>(TVisitor visitor)
        where TVisitor : IFormatVisitor<TResult>;

    /// <summary>Stores <paramref name="values"/> as the format's nearest.</summary>
    /// <param name="values">A whole number of blocks.</param>
    /// <param name="stored">Exactly the bytes that so many numbers take (<see cref="GgmlTypeExtensions.RowBytes"/>).</param>
    /// <exception cref="ArgumentException">The lengths don't fit each other.</exception>
    public void Quantize(ReadOnlySpan<float> values, Span<byte> stored)
    {
        CheckLengths(values.Length, stored.Length);
        QuantizeBlocks(values, stored);
    }

    /// <summary>The numbers that <paramref name="stored"/> bytes stand for, bit for bit as ggml's <c>to_float</c>.</summary>
    /// <exception cref="ArgumentException">The lengths don't fit each other.</exception>
    public void Dequantize(ReadOnlySpan<byte> stored, Span<float> values)
    {
        CheckLengths(values.Length, stored.Length);
        DequantizeBlocks(stored, values);
    }

    private protected abstract void QuantizeBlocks(ReadOnlySpan<float> values, Span<byte> stored);

    private protected abstract void DequantizeBlocks(ReadOnlySpan<byte> stored, Span<float> values);

    private void CheckLengths(int values, int stored)
    {
        if (Type.RowBytes(values) != stored)
        {
            throw new ArgumentException($"{values} numbers take {Type.RowBytes(values)} bytes in {Type}, not {stored}");
        }
    }
}
