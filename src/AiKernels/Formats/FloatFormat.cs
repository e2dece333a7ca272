using System.Runtime.InteropServices;

namespace AiKernels.Formats;

/// <summary>A format of floats as a value.</summary>
/// <typeparam name="TElement">Its element.</typeparam>
internal sealed class FloatFormat<TElement>() : Format(TElement.Type)
    where TElement : unmanaged, IFloatFormat<TElement>
{
    public override TResult Visit<TVisitor, TResult>(TVisitor visitor) => visitor.VisitFloats<TElement>();

    private protected override void QuantizeBlocks(ReadOnlySpan<float> values, Span<byte> stored)
    {
        var elements = MemoryMarshal.Cast<byte, TElement>(stored);
        for (var i = 0; i < values.Length; i++)
        {
            elements[i] = TElement.Round(values[i]);
        }
    }

    private protected override void DequantizeBlocks(ReadOnlySpan<byte> stored, Span<float> values)
    {
        var elements = MemoryMarshal.Cast<byte, TElement>(stored);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = TElement.Value(elements[i]);
        }
    }
}
