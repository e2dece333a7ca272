using System.Runtime.Intrinsics;

namespace AiKernels.Formats;

/// <summary>
/// A quantized format in which keys and values can be stored. A block is <see cref="PanelLayout.Chunk"/> codes of 8 or 4 bits
/// and one scale, so that it can be taken apart and put together again without any loss; and the scale follows from the number
/// of largest magnitude, so that few functions say how numbers become a block on any device:
/// <code>
/// scale = ScaleOf(Extreme of all numbers);  Quant = round-half-even(x * (1 / scale)), from Lowest to Highest
/// </code>
/// </summary>
/// <remarks>1 / scale is 0 where the scale is. NaN becomes <see cref="Lowest"/>.</remarks>
/// <typeparam name="TSelf">The block struct, laid out as in the file.</typeparam>
public interface ICacheBlock<TSelf> : IBlockFormat<TSelf>
    where TSelf : unmanaged, ICacheBlock<TSelf>
{
    /// <summary>The least integer that a number becomes.</summary>
    static abstract int Lowest { get; }

    /// <summary>The largest integer that a number becomes.</summary>
    static abstract int Highest { get; }

    /// <summary>Of the extreme so far, 0 at first, and a number the one that the scale follows from.</summary>
    static abstract float Extreme(float extreme, float value);

    /// <summary>The scale before it is rounded to half precision.</summary>
    static abstract float ScaleOf(float extreme);

    /// <summary>The half-precision scale, bit by bit.</summary>
    static abstract ushort ScaleBits(in TSelf block);

    /// <summary>The block of such codes, see <see cref="IBlockFormat{TSelf}.Codes"/>, and such a scale.</summary>
    static abstract TSelf FromCodes(Vector256<byte> codes, ushort scaleBits);
}
