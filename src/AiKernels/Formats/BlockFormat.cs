using System.Runtime.InteropServices;

namespace AiKernels.Formats;

/// <summary>A quantized format as a value.</summary>
/// <typeparam name="TBlock">Its block.</typeparam>
internal sealed class BlockFormat<TBlock>() : Format(TBlock.Type)
    where TBlock : unmanaged, IBlockFormat<TBlock>
{
    public override TResult Visit<TVisitor, TResult>(TVisitor visitor) => visitor.VisitBlocks<TBlock>();

    private protected override void QuantizeBlocks(ReadOnlySpan<float> values, Span<byte> stored)
    {
        var blocks = MemoryMarshal.Cast<byte, TBlock>(stored);
        for (var b = 0; b < blocks.Length; b++)
        {
            blocks[b] = TBlock.Quantize(values.Slice(b * TBlock.Length, TBlock.Length));
        }
    }

    private protected override void DequantizeBlocks(ReadOnlySpan<byte> stored, Span<float> values)
    {
        var blocks = MemoryMarshal.Cast<byte, TBlock>(stored);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Value(blocks[i / TBlock.Length], i % TBlock.Length);
        }
    }

    /// <summary>The definition of a stored number, multiplied left to right.</summary>
    internal static float Value(in TBlock block, int i)
    {
        int segment = i / TBlock.SegmentLength, group = i / TBlock.GroupLength;
        var weight = TBlock.Scale(block, segment) * TBlock.GroupScale(block, group) * TBlock.Quant(block, i);
        return TBlock.HasMinimum
            ? weight - (TBlock.MinimumScale(block, segment) * TBlock.GroupMinimum(block, group))
            : weight;
    }
}
