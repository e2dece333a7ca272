using AiKernels.Formats;

namespace AiKernels.Runtime.Files;

/// <summary>Where a tensor lies in a GGUF file and how its numbers are stored.</summary>
/// <param name="Name">The name, such as <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Type">How the numbers are stored.</param>
/// <param name="Dimensions">One to four lengths in ggml's order: the innermost, which is contiguous, first.</param>
/// <param name="Offset">The byte of the file at which the data starts.</param>
/// <param name="ByteLength">The length of the data in bytes.</param>
public sealed record GgufTensor(
    string Name, GgmlType Type, IReadOnlyList<long> Dimensions, long Offset, long ByteLength)
{
    /// <summary>Elements of a row: the innermost dimension.</summary>
    public long Columns => Dimensions[0];

    /// <summary>How many rows there are: the product of all other dimensions.</summary>
    public long Rows => Dimensions.Skip(1).Aggregate(1L, (product, dimension) => product * dimension);

    /// <summary>Bytes of a row; rows follow each other without gaps.</summary>
    public long RowBytes => Type.RowBytes(Columns);
}
