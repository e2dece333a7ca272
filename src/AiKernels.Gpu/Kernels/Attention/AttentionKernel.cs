using AiKernels.Cache;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>
/// y = softmax(scale q k^T) v over each token's own positions, segment by segment; each one's state joins those before it.
/// </summary>
internal static class AttentionKernel
{
    /// <summary>See the class. Grid: tiles, key/value heads. Dynamic shared memory: the queries, sixteen neighbours a word.</summary>
    public static void Run<TKeyValues>(
        DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, ArrayView<int> tiles, int headsTogether, float scale, DeviceMatrix y)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var group = Begin(pages, places, tiles, headsTogether, scale);
        group.Rows.Locate(y, group.Tile);
        group.Load<TKeyValues>(q, quantized);
        var softmax = group.Softmax();
        for (var start = 0; start < group.Longest; start += KeyValueShape.SegmentLength)
        {
            softmax = group.Weigh<TKeyValues>(start, softmax, start == 0);
            for (var d = Group.IdxX; d < pages.HeadLength; d += AttentionGroup.Threads)
            {
                group.Rows.Join(y, group.Tile.Rows, d, start == 0, group.Channel<TKeyValues>(start, d));
            }
        }

        Group.Barrier(); // The last segment's factors are still being read.
        group.Rows.Leave(softmax);
        Group.Barrier();
        for (var d = Group.IdxX; d < pages.HeadLength; d += AttentionGroup.Threads)
        {
            group.Rows.Divide(y, group.Tile.Rows, d);
        }
    }

    /// <summary>The group's tile and its shared memory.</summary>
    public static AttentionGroup Begin(DevicePages pages, DevicePlaces places, ArrayView<int> tiles, int headsTogether, float scale) => new(
        new AttentionTile(tiles, Grid.IdxX, Grid.IdxY, headsTogether, pages.HeadLength),
        new AttentionRows(
            SharedMemory.Allocate<long>(Sixteen.Count),
            SharedMemory.Allocate<Int4>(Sixteen.Quads),
            SharedMemory.Allocate<Float4>(Sixteen.Quads),
            SharedMemory.Allocate<float>(Sixteen.Count),
            SharedMemory.Allocate<float>(Sixteen.Count)),
        SharedMemory.GetDynamic<Float4>(),
        SharedMemory.Allocate<Float4>(AttentionGroup.Threads * Sixteen.Quads),
        pages,
        places,
        scale);
}
