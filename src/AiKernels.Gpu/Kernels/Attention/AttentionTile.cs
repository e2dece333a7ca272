using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>
/// Sixteen rows of queries, or the last few: neighbouring tokens of a sequence by the query heads that share a key/value head.
/// </summary>
internal readonly struct AttentionTile
{
    /// <summary>Integers that describe a tile: its sequence's first token in the batch, its first row there, its rows.</summary>
    public const int Numbers = 3;

    /// <summary>Rows, 1 to 16.</summary>
    public readonly int Rows;

    /// <summary>A token of the sequence.</summary>
    public readonly int Token;

    /// <summary>The key/value head.</summary>
    public readonly int SharedHead;

    private readonly int _first, _headsTogether, _headLength;

    /// <param name="tiles">All tiles' numbers.</param>
    /// <param name="tile">Which of them.</param>
    /// <param name="sharedHead">The key/value head.</param>
    /// <param name="headsTogether">H / G, the query heads that share it.</param>
    /// <param name="headLength">D.</param>
    public AttentionTile(ArrayView<int> tiles, int tile, int sharedHead, int headsTogether, int headLength)
    {
        Token = tiles[tile * Numbers];
        _first = tiles[(tile * Numbers) + 1];
        Rows = tiles[(tile * Numbers) + 2];
        (SharedHead, _headsTogether, _headLength) = (sharedHead, headsTogether, headLength);
    }

    /// <summary>A row's token; where there is no such row the last one's, which comes to nothing but no harm.</summary>
    public int TokenOf(int row) => Token + ((_first + IntrinsicMath.Min(row, Rows - 1)) / _headsTogether);

    /// <summary>The first channel of a row's head.</summary>
    public int ColumnOf(int row)
    {
        var own = _first + IntrinsicMath.Min(row, Rows - 1);
        return ((SharedHead * _headsTogether) + (own - (own / _headsTogether * _headsTogether))) * _headLength;
    }
}
