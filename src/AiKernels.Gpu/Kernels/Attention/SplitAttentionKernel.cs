using AiKernels.Cache;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>
/// Attention of few tokens over long contexts: groups make the states of all segments side by side, then a group for each
/// row joins them in their order, which gives the bits of <see cref="AttentionKernel"/>.
/// </summary>
internal static class SplitAttentionKernel
{
    /// <summary>Floats of a row's state: m, l and the channels.</summary>
    public static int StateLength(int headLength) => headLength + 2;

    /// <summary>The states [tiles][key/value heads][segments][16 rows]. Grid: tiles, key/value heads, segments. Shared memory as in <see cref="AttentionKernel"/>.</summary>
    public static void States<TKeyValues>(
        DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, ArrayView<int> tiles, int headsTogether, float scale, ArrayView<float> states)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var group = AttentionKernel.Begin(pages, places, tiles, headsTogether, scale);
        var start = Grid.IdxZ * KeyValueShape.SegmentLength;
        if (start >= group.Longest)
        {
            return;
        }

        group.Load<TKeyValues>(q, quantized);
        var softmax = group.Weigh<TKeyValues>(start, group.Softmax(), isFirst: true);
        var length = StateLength(pages.HeadLength);
        var first = First(Grid.IdxX, Grid.IdxY, pages.Heads, Grid.DimZ, Grid.IdxZ, 0, length);
        softmax.Put(states, first, length);
        for (var d = Group.IdxX; d < pages.HeadLength; d += AttentionGroup.Threads)
        {
            group.Channel<TKeyValues>(start, d).Store(states, first + 2 + d, length);
        }
    }

    /// <summary>y from the states. Grid: tiles, sixteen rows of each key/value head.</summary>
    public static void Join(
        DevicePages pages, DevicePlaces places, ArrayView<int> tiles, int headsTogether, int segments, ArrayView<float> states, DeviceMatrix y)
    {
        var (head, row) = (Grid.IdxY / Sixteen.Count, Grid.IdxY & (Sixteen.Count - 1));
        var tile = new AttentionTile(tiles, Grid.IdxX, head, headsTogether, pages.HeadLength);
        if (row >= tile.Rows)
        {
            return;
        }

        var (token, length) = (tile.TokenOf(row), StateLength(pages.HeadLength));
        var state = First(Grid.IdxX, head, pages.Heads, segments, 0, row, length);
        var count = (places.Position(token) / KeyValueShape.SegmentLength) + 1;
        for (var d = Group.IdxX; d < pages.HeadLength; d += Group.DimX)
        {
            y[token, tile.ColumnOf(row) + d] = JoinedStates.Channel(states, state, (long)Sixteen.Count * length, count, d);
        }
    }

    /// <summary>Where the state of a row begins.</summary>
    private static long First(int tile, int head, int heads, int segments, int segment, int row, int length) =>
        (((((((long)tile * heads) + head) * segments) + segment) * Sixteen.Count) + row) * length;
}
