using AiKernels.Cache;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>
/// A group of threads with a tile of sixteen queries, and what they do with a segment of 64 positions: each key and value is
/// loaded once for all queries.
/// </summary>
/// <remarks>
/// In scores a thread is a position, in sums of values a channel, with sixteen rows in registers each time; in maxima and
/// sums of weights four threads are a row. What rows have in common lies in shared memory, sixteen neighbours a position.
/// Source: the online softmax of arXiv:1805.02867.
/// </remarks>
internal readonly struct AttentionGroup
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = KeyValueShape.SegmentLength;

    /// <summary>The queries' rows.</summary>
    public readonly AttentionTile Tile;

    /// <summary>What all threads know of them.</summary>
    public readonly AttentionRows Rows;

    /// <summary>Positions that the first row sees, and the last one; they ascend from row to row.</summary>
    public readonly int Shortest, Longest;

    private readonly DevicePages _pages;
    private readonly DevicePlaces _places;
    private readonly ArrayView<Float4> _queries, _weights;
    private readonly float _scale;

    /// <param name="tile">The queries' rows.</param>
    /// <param name="rows">Shared by all threads.</param>
    /// <param name="queries">Shared: their words, sixteen neighbours a word.</param>
    /// <param name="weights">Shared: sixteen neighbours a position.</param>
    /// <param name="pages">The layer's pages.</param>
    /// <param name="places">The tokens' places.</param>
    /// <param name="scale">What scores are multiplied with.</param>
    public AttentionGroup(
        AttentionTile tile, AttentionRows rows, ArrayView<Float4> queries, ArrayView<Float4> weights, DevicePages pages, DevicePlaces places, float scale)
    {
        (Tile, Rows, _queries, _weights, _pages, _places, _scale) = (tile, rows, queries, weights, pages, places, scale);
        (Shortest, Longest) = (places.Position(tile.TokenOf(0)) + 1, places.Position(tile.TokenOf(tile.Rows - 1)) + 1);
    }

    /// <summary>The state of the thread's row before any segment.</summary>
    public RowSoftmax Softmax()
    {
        var row = Group.IdxX / RowSoftmax.Threads;
        return new RowSoftmax(row, _places.Position(Tile.TokenOf(row)) + 1);
    }

    /// <summary>Brings all rows' queries into shared memory.</summary>
    public void Load<TKeyValues>(DeviceMatrix q, QuantizedRows quantized)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var queries = _queries.Cast<int>();
        var words = TKeyValues.QueryWords(_pages.HeadLength) * Sixteen.Count;
        for (var i = Group.IdxX; i < words; i += Threads)
        {
            var row = i & (Sixteen.Count - 1);
            queries[i] = TKeyValues.QueryWord(q, quantized, _pages.HeadLength, Tile.TokenOf(row), Tile.ColumnOf(row), i / Sixteen.Count);
        }
    }

    /// <summary>Scores and weights of the segment that begins at <paramref name="start"/>, and the states with it.</summary>
    public RowSoftmax Weigh<TKeyValues>(int start, RowSoftmax softmax, bool isFirst)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var (page, slot, isThere) = (Page(start), start % _pages.PageLength, Group.IdxX < Longest - start);
        Group.Barrier(); // The last segment's weights are still being read, and the queries written.
        if (isThere)
        {
            var scores = TKeyValues.Scores(_pages, _pages.Keys(page, Tile.SharedHead), slot + Group.IdxX, _queries);
            scores.Scaled(_scale).Store(Sixteen.At(_weights, Group.IdxX));
        }

        Group.Barrier();
        softmax = softmax.Maximum(start, isFirst, _weights.Cast<float>(), Rows);
        Group.Barrier();
        if (isThere)
        {
            Rows.Weigh(Sixteen.At(_weights, Group.IdxX));
        }

        Group.Barrier();
        return softmax.Sum(start, isFirst, _weights.Cast<float>());
    }

    /// <summary>The segment's sums of weight v for a channel: of positions that all rows see, then of those that some do.</summary>
    public Sixteen Channel<TKeyValues>(int start, int channel)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var (values, slot) = (_pages.Values(Page(start), Tile.SharedHead), start % _pages.PageLength);
        var all = IntrinsicMath.Max(0, IntrinsicMath.Min(Threads, Shortest - start));
        var some = IntrinsicMath.Min(Threads, Longest - start);
        Sixteen sums = default;
        var p = 0;
        for (; p <= all - Sixteen.Count; p += Sixteen.Count)
        {
            sums = sums.Fma(_weights, p, TKeyValues.Values(_pages, values, slot + p, channel));
        }

        if (p < all)
        {
            sums = sums.Fma(_weights, p, all, TKeyValues.Values(_pages, values, slot + p, channel)); // What is beyond is in the segment, and unused.
        }

        for (p = all; p < some; p++)
        {
            sums = sums.FmaWhere(Rows.Counts, p, Sixteen.At(_weights, p), TKeyValues.Value(_pages, values, slot + p, channel));
        }

        return sums;
    }

    private int Page(int start) => _places.Page(Tile.Token, start / _pages.PageLength);
}
