using AiKernels.Cache;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>
/// <see cref="AttentionKernel"/> for many tokens: a group has a tile of sixteen queries, so that each key and value is loaded
/// once for all of them.
/// </summary>
/// <remarks>
/// In scores a thread is a position, in sums of values a channel, with sixteen rows in registers each time; in maxima and
/// sums of weights four threads are a row. What rows have in common lies in shared memory, sixteen neighbours a position.
/// </remarks>
internal static class TiledAttentionKernel
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = KeyValueShape.SegmentLength;

    private const int RowThreads = Threads / QueryRows.Count;

    /// <summary>See the class. Grid: key/value heads, tiles. Dynamic shared memory: the queries, sixteen neighbours a word.</summary>
    public static void Run<TKeyValues>(
        DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, ArrayView<int> tiles, int headsTogether, float scale, DeviceMatrix y)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var queries = SharedMemory.GetDynamic<Float4>();
        var weights = SharedMemory.Allocate<Float4>(Threads * QueryRows.Quads);
        var shared = new AttentionRows(
            SharedMemory.Allocate<long>(QueryRows.Count),
            SharedMemory.Allocate<Int4>(QueryRows.Quads),
            SharedMemory.Allocate<Float4>(QueryRows.Quads),
            SharedMemory.Allocate<float>(QueryRows.Count),
            SharedMemory.Allocate<float>(QueryRows.Count));
        var (thread, row) = (Group.IdxX, Group.IdxX / RowThreads);
        var tile = new AttentionTile(tiles, Grid.IdxY, Grid.IdxX, headsTogether, pages.HeadLength);
        shared.Locate(y, tile);
        Load<TKeyValues>(q, quantized, pages, tile, queries.Cast<int>());

        // Positions ascend from row to row.
        var (shortest, longest) = (places.Position(tile.TokenOf(0)) + 1, places.Position(tile.TokenOf(tile.Rows - 1)) + 1);
        var softmax = new RowSoftmax(row, places.Position(tile.TokenOf(row)) + 1);
        for (var start = 0; start < longest; start += KeyValueShape.SegmentLength)
        {
            var (page, slot) = (places.Page(tile.Token, start / pages.PageLength), start % pages.PageLength);
            var most = IntrinsicMath.Min(KeyValueShape.SegmentLength, longest - start);
            var least = IntrinsicMath.Max(0, IntrinsicMath.Min(KeyValueShape.SegmentLength, shortest - start));
            Group.Barrier(); // The last segment's weights are still being read.
            if (thread < most)
            {
                var scores = TKeyValues.Scores(pages, pages.Keys(page, Grid.IdxX), slot + thread, queries);
                scores.Scaled(scale).Store(QueryRows.At(weights, thread));
            }

            Group.Barrier();
            softmax = softmax.Maximum(start, weights.Cast<float>(), shared);
            Group.Barrier();
            if (thread < most)
            {
                shared.Weigh(QueryRows.At(weights, thread));
            }

            Group.Barrier();
            softmax = softmax.Sum(start, weights.Cast<float>());
            for (var d = thread; d < pages.HeadLength; d += Threads)
            {
                shared.Join(y, tile.Rows, d, start == 0, Channel<TKeyValues>(pages, pages.Values(page, Grid.IdxX), slot, d, weights, least, most, shared));
            }
        }

        Group.Barrier(); // The last weights are still being read.
        softmax.Leave(weights.Cast<float>());
        Group.Barrier();
        for (var d = thread; d < pages.HeadLength; d += Threads)
        {
            for (var r = 0; r < tile.Rows; r++)
            {
                ref var sums = ref y.At(shared.Outputs[r] + d);
                sums /= weights.Cast<float>()[r];
            }
        }
    }

    /// <summary>A segment's sum of weight v for a channel: of positions that all rows see, then of those that some do.</summary>
    private static QueryRows Channel<TKeyValues>(
        DevicePages pages, long values, int slot, int channel, ArrayView<Float4> weights, int least, int most, AttentionRows rows)
        where TKeyValues : struct, IDeviceKeyValues
    {
        QueryRows sums = default;
        for (var p = 0; p < least; p++)
        {
            sums = sums.Fma(QueryRows.At(weights, p), TKeyValues.Value(pages, values, slot + p, channel));
        }

        for (var p = least; p < most; p++)
        {
            sums = sums.FmaWhere(rows.Counts, p, QueryRows.At(weights, p), TKeyValues.Value(pages, values, slot + p, channel));
        }

        return sums;
    }

    /// <summary>All rows' queries, side by side.</summary>
    private static void Load<TKeyValues>(DeviceMatrix q, QuantizedRows quantized, DevicePages pages, AttentionTile tile, ArrayView<int> queries)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var words = TKeyValues.QueryWords(pages.HeadLength) * QueryRows.Count;
        for (var i = Group.IdxX; i < words; i += Threads)
        {
            var row = i & (QueryRows.Count - 1);
            queries[i] = TKeyValues.QueryWord(q, quantized, pages.HeadLength, tile.TokenOf(row), tile.ColumnOf(row), i / QueryRows.Count);
        }
    }
}
