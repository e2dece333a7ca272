using AiKernels.Cache;

namespace AiKernels.Cpu;

/// <summary>Neighbouring tokens of one sequence whose queries meet each segment together.</summary>
/// <param name="First">The first one's index in the batch.</param>
/// <param name="Tokens">How many there are.</param>
/// <param name="Position">The first one's position; the others follow.</param>
internal readonly record struct QueryTile(int First, int Tokens, int Position)
{
    /// <summary>Positions that the last token attends to.</summary>
    public int Positions => Position + Tokens;

    /// <summary>Segments that the last token attends to.</summary>
    public int Segments => (Positions + KeyValueShape.SegmentLength - 1) / KeyValueShape.SegmentLength;

    /// <summary>The first token that attends to a segment.</summary>
    public int FirstToSee(int segmentStart) => Math.Max(0, segmentStart - Position);

    /// <summary>Positions of a segment that the i-th token attends to, 0 to 64.</summary>
    public int Count(int token, int segmentStart) =>
        Math.Clamp(Position + token + 1 - segmentStart, 0, KeyValueShape.SegmentLength);
}

/// <summary>A batch cut into tiles of tokens; reused from call to call.</summary>
internal sealed unsafe class QueryTiles : IDisposable
{
    // Rows of a tile: enough to make the loading of a segment's keys and values nothing beside their use, few enough
    // that scores and outputs stay in the second-level cache.
    private const int MaxRows = 288;

    private readonly List<QueryTile> _tiles = [];
    private NativeBuffer? _memory;

    public int Count => _tiles.Count;

    public QueryTile this[int index] => _tiles[index];

    /// <summary>The most segments that a tile attends to.</summary>
    public int MaxSegments { get; private set; }

    /// <summary>The most tokens of a tile.</summary>
    public int MaxTokens { get; private set; }

    /// <summary>
    /// In how many parts a tile's segments are split, so that each thread has an item: 1 where tiles and heads are as many,
    /// since a second dispatch costs more than it evens out, or contexts too short.
    /// </summary>
    public int Parts(int heads, int threads)
    {
        const int segmentsPerPart = 4;
        var items = Count * heads;
        return Math.Clamp((threads + items - 1) / items, 1, Math.Max(1, MaxSegments / segmentsPerPart));
    }

    /// <summary>Cuts a batch; <paramref name="group"/> query heads share a key/value head.</summary>
    public void Cut(Batch batch, int group)
    {
        _tiles.Clear();
        (MaxSegments, MaxTokens) = (0, 0);
        var most = Math.Max(1, MaxRows / group);
        for (var first = 0; first < batch.Count;)
        {
            var count = 1;
            while (count < most && first + count < batch.Count && batch.Tables[first + count] == batch.Tables[first])
            {
                count++;
            }

            var tile = new QueryTile(first, count, batch.Positions[first]);
            _tiles.Add(tile);
            MaxTokens = Math.Max(MaxTokens, count);
            MaxSegments = Math.Max(MaxSegments, tile.Segments);
            first += count;
        }
    }

    /// <summary>
    /// Room for the states of all segments; valid until it is asked for again. The memory at least doubles when it grows,
    /// since a context grows token by token.
    /// </summary>
    public SegmentStates States(long floats, int rows, int width)
    {
        if (_memory is null || _memory.Length < floats * sizeof(float))
        {
            var length = Math.Max(floats * sizeof(float), 2 * (_memory?.Length ?? 0));
            Dispose();
            _memory = new NativeBuffer(length);
        }

        return new SegmentStates((float*)_memory.Data, MaxSegments, rows, width);
    }

    public void Dispose()
    {
        _memory?.Dispose();
        _memory = null;
    }
}
