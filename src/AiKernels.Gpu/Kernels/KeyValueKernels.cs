using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Gpu.Memory;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Kernels;

/// <summary>The operations on pages of one type of keys and values, compiled when they are first used.</summary>
internal abstract class KeyValueKernels
{
    private const int StoreThreads = 64;

    // Queries take a word a channel and row of the 48 KB that any device has; fewer rows aren't worth a tile.
    private const int LongestTiledHead = 512, FewestRows = 12;

    // Beyond so many groups a device is busy, whatever they do; and beyond so many states they would take too much memory.
    private const int ManyGroups = 1024, ManyStates = 1 << 18;

    /// <summary>Whether queries are quantized in blocks of 32.</summary>
    public abstract bool QuantizesQueries { get; }

    /// <summary>See <see cref="StoreKernel"/>.</summary>
    public abstract void Store(DevicePages pages, DevicePlaces places, int tokens, DeviceMatrix keys, DeviceMatrix values);

    /// <summary>See <see cref="RopeStoreKernel"/>.</summary>
    public abstract void RopeAndStore(
        HeldRopes.Held queries, HeldRopes.Held keys, DevicePages pages, DevicePlaces places, int tokens, DeviceMatrix values);

    /// <summary>Whether <see cref="AttendTiles"/> suits so many tiles of so many rows.</summary>
    public static bool SuitTiles(int headLength, int rows, int tiles) =>
        headLength <= LongestTiledHead && rows >= (long)FewestRows * tiles;

    /// <summary>See <see cref="TiledAttentionKernel"/>.</summary>
    public abstract void AttendTiles(
        DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, ArrayView<int> tiles, int count, int headsTogether, float scale, DeviceMatrix y);

    /// <summary>See <see cref="AttentionKernel"/>; <paramref name="positions"/> is the most that a token sees.</summary>
    public abstract void Attend(
        DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, int tokens, int positions, int heads, float scale, DeviceMatrix y);

    /// <summary>The kernels of F32, F16 or Q8_0.</summary>
    public static KeyValueKernels Of(GgmlType type, Accelerator accelerator, GrowingBuffer<float> states) => type switch
    {
        GgmlType.F32 => new Kernels<FloatKeyValues<F32>>(accelerator, states, quantizesQueries: false),
        GgmlType.F16 => new Kernels<FloatKeyValues<F16>>(accelerator, states, quantizesQueries: false),
        _ => new Kernels<QuantizedKeyValues>(accelerator, states, quantizesQueries: true),
    };

    private sealed class Kernels<TKeyValues>(Accelerator accelerator, GrowingBuffer<float> states, bool quantizesQueries) : KeyValueKernels
        where TKeyValues : struct, IDeviceKeyValues
    {
        private static readonly Index2D GroupSize = new(SegmentState.Threads, 1);

        private readonly Lazy<Action<KernelConfig, DevicePages, DevicePlaces, DeviceMatrix, DeviceMatrix>> _store =
            new(() => accelerator.LoadStreamKernel<DevicePages, DevicePlaces, DeviceMatrix, DeviceMatrix>(StoreKernel.Run<TKeyValues>), LazyThreadSafetyMode.PublicationOnly);

        private readonly Lazy<Action<KernelConfig, DeviceMatrix, DeviceMatrix, DeviceMatrix, DeviceMatrix, int, int, int, DevicePages, DevicePlaces>> _ropeAndStore =
            new(() => accelerator.LoadStreamKernel<DeviceMatrix, DeviceMatrix, DeviceMatrix, DeviceMatrix, int, int, int, DevicePages, DevicePlaces>(
                RopeStoreKernel.Run<TKeyValues>), LazyThreadSafetyMode.PublicationOnly);

        private readonly Lazy<Action<KernelConfig, DeviceMatrix, QuantizedRows, DevicePages, DevicePlaces, int, float, DeviceMatrix>> _attend =
            new(() => accelerator.LoadStreamKernel<DeviceMatrix, QuantizedRows, DevicePages, DevicePlaces, int, float, DeviceMatrix>(
                AttentionKernel.Run<TKeyValues>), LazyThreadSafetyMode.PublicationOnly);

        private readonly Lazy<Action<KernelConfig, DeviceMatrix, QuantizedRows, DevicePages, DevicePlaces, int, float, ArrayView<float>>> _states =
            new(() => accelerator.LoadStreamKernel<DeviceMatrix, QuantizedRows, DevicePages, DevicePlaces, int, float, ArrayView<float>>(
                SplitAttentionKernel.States<TKeyValues>), LazyThreadSafetyMode.PublicationOnly);

        private readonly Lazy<Action<KernelConfig, DeviceMatrix, QuantizedRows, DevicePages, DevicePlaces, ArrayView<int>, int, float, DeviceMatrix>> _tiles =
            new(() => accelerator.LoadStreamKernel<DeviceMatrix, QuantizedRows, DevicePages, DevicePlaces, ArrayView<int>, int, float, DeviceMatrix>(
                TiledAttentionKernel.Run<TKeyValues>), LazyThreadSafetyMode.PublicationOnly);

        private readonly Lazy<Action<KernelConfig, DevicePlaces, int, int, int, ArrayView<float>, DeviceMatrix>> _join =
            new(() => accelerator.LoadStreamKernel<DevicePlaces, int, int, int, ArrayView<float>, DeviceMatrix>(SplitAttentionKernel.Join), LazyThreadSafetyMode.PublicationOnly);

        public override bool QuantizesQueries => quantizesQueries;

        public override void Store(DevicePages pages, DevicePlaces places, int tokens, DeviceMatrix keys, DeviceMatrix values)
        {
            var threads = pages.Heads * pages.HeadLength / TKeyValues.Together;
            var groups = (threads + StoreThreads - 1) / StoreThreads;
            _store.Value((new Index2D(groups, tokens), new Index2D(StoreThreads, 1)), pages, places, keys, values);
        }

        public override void RopeAndStore(
            HeldRopes.Held queries, HeldRopes.Held keys, DevicePages pages, DevicePlaces places, int tokens, DeviceMatrix values)
        {
            var grid = new Index2D(queries.Heads + keys.Heads, tokens);
            var adjacent = keys.Pairing == RopePairing.Adjacent ? 1 : 0;
            _ropeAndStore.Value(
                (grid, new Index2D(StoreThreads, 1)), queries.X, keys.X, values, keys.Rotation, keys.Pairs, adjacent, queries.Heads, pages, places);
        }

        public override void AttendTiles(
            DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, ArrayView<int> tiles, int count, int headsTogether, float scale, DeviceMatrix y)
        {
            var queries = SharedMemoryConfig.RequestDynamic<Float4>(TKeyValues.QueryWords(pages.HeadLength) * QueryRows.Quads);
            var config = new KernelConfig(new Index2D(pages.Heads, count), new Index2D(TiledAttentionKernel.Threads, 1), queries);
            _tiles.Value(config, q, quantized, pages, places, tiles, headsTogether, scale, y);
        }

        public override void Attend(
            DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, int tokens, int positions, int heads, float scale, DeviceMatrix y)
        {
            var segments = (positions + KeyValueShape.SegmentLength - 1) / KeyValueShape.SegmentLength;
            if (segments == 1 || (long)tokens * heads > ManyGroups || (long)tokens * heads * segments > ManyStates)
            {
                _attend.Value((new Index2D(heads, tokens), GroupSize), q, quantized, pages, places, heads, scale, y);
                return;
            }

            var memory = states.Get((long)tokens * heads * segments * SplitAttentionKernel.StateLength(pages.HeadLength));
            _states.Value(
                (new Index3D(heads, tokens, segments), new Index3D(SegmentState.Threads, 1, 1)), q, quantized, pages, places, heads, scale, memory);
            _join.Value((new Index2D(heads, tokens), GroupSize), places, heads, pages.HeadLength, segments, memory, y);
        }
    }
}
