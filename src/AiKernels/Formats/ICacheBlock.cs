using System.Runtime.Intrinsics;

namespace AiKernels.Formats;

/// <summary>
/// A quantized format in which keys and values can be stored: a block is <see cref="PanelLayout.Chunk"/> codes of 8 or 4 bits
/// and one scale, so that it can be taken apart and put together again without any loss.
/// </summary>
/// <typeparam name="TSelf">The block struct, laid out as in the file.</typeparam>
public interface ICacheBlock<TSelf> : IBlockFormat<TSelf>
    where TSelf : unmanaged, ICacheBlock<TSelf>
{
    /// <summary>The half-precision scale, bit by bit.</summary>
    static abstract ushort ScaleBits(in TSelf block);

    /// <summary>The block of such codes, see <see cref="IBlockFormat{TSelf}.Codes"/>, and such a scale.</summary>
    static abstract TSelf FromCodes(Vector256<byte> codes, ushort scaleBits);
}
