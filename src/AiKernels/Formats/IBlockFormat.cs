using System.Runtime.Intrinsics;

namespace AiKernels.Formats;

/// <summary>
/// A quantized format: the storage block that files carry, and the functions that say what it means.
/// </summary>
/// <remarks>
/// A block of <see cref="Length"/> numbers holds one or more segments, each with one float scale; a segment holds
/// groups that share integer factors:
/// <code>
/// w[i] = Scale(s) * GroupScale(g) * Quant(i) - MinimumScale(s) * GroupMinimum(g)      multiplied left to right
/// </code>
/// Everything else (dequantization, packing, the dot products on every processor) follows from these members, which
/// use plain integer and float arithmetic so that GPU compilers accept them too. Blocks are immutable values; all
/// members are thread-safe.
/// </remarks>
/// <typeparam name="TSelf">The block struct, laid out as in the file.</typeparam>
public interface IBlockFormat<TSelf>
    where TSelf : unmanaged, IBlockFormat<TSelf>
{
    /// <summary>The id under which files carry the format.</summary>
    static abstract GgmlType Type { get; }

    /// <summary>Numbers in a block; a multiple of <see cref="SegmentLength"/>.</summary>
    static abstract int Length { get; }

    /// <summary>
    /// Numbers that share a float scale; a multiple of <see cref="GroupLength"/>, and of the 32 that are packed together.
    /// </summary>
    static abstract int SegmentLength { get; }

    /// <summary>Numbers that share integer factors; 16, 32 or the segment, whose only group has factors of 1.</summary>
    static abstract int GroupLength { get; }

    /// <summary>Bits of a code: 1 to 6 (unsigned), or 8 (the signed number itself, offset 0).</summary>
    static abstract int CodeBits { get; }

    /// <summary>Quant = code - offset.</summary>
    static abstract int CodeOffset { get; }

    /// <summary>Whether a minimum is subtracted at all.</summary>
    static abstract bool HasMinimum { get; }

    /// <summary>The integer weight at <paramref name="i"/> of the block, -128..127.</summary>
    static abstract int Quant(in TSelf block, int i);

    /// <summary>
    /// The codes (Quant + CodeOffset) at <paramref name="i"/>, a multiple of <see cref="PanelLayout.Chunk"/>, to i + 31 of
    /// the block: a byte each, in order. It follows from <see cref="Quant"/>; a format whose codes can be cut out of it in
    /// one go brings its own, with which it packs up to six times faster. Only processors pack, hence the vector.
    /// </summary>
    static virtual Vector256<byte> Codes(in TSelf block, int i)
    {
        Span<byte> codes = stackalloc byte[PanelLayout.Chunk];
        for (var n = 0; n < codes.Length; n++)
        {
            codes[n] = (byte)(TSelf.Quant(block, i + n) + TSelf.CodeOffset);
        }

        return Vector256.Create<byte>(codes);
    }

    /// <summary>Bits of a group's factor: 1 to 6 (unsigned), or 8 (signed).</summary>
    static virtual int FactorBits => 8;

    /// <summary>The integer factor of a group of the block, -128..127; 1 where segments have one group.</summary>
    static abstract int GroupScale(in TSelf block, int group);

    /// <summary>The integer minimum of a group of the block, 0..127; 1 where segments have one group.</summary>
    static abstract int GroupMinimum(in TSelf block, int group);

    /// <summary>The scale of a segment of the block: a half-precision number, widened.</summary>
    static abstract float Scale(in TSelf block, int segment);

    /// <summary>The scale of a segment's minima: a half-precision number, widened. 0 without minima.</summary>
    static abstract float MinimumScale(in TSelf block, int segment);

    /// <summary>The block that stands for <paramref name="values"/> (<see cref="Length"/> of them).</summary>
    static abstract TSelf Quantize(ReadOnlySpan<float> values);
}
