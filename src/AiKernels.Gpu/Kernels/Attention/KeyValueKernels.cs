using System.Diagnostics;
using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using AiKernels.Gpu.Memory;
using AiKernels.Numerics;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>The operations on pages of one type of keys and values, compiled when they are first used.</summary>
internal abstract class KeyValueKernels
{
    private const int StoreThreads = 64, ImageThreads = 128;

    /// <summary>D at most: queries take a word a channel and row of the 48 KB of shared memory that any device has.</summary>
    public const int LongestHead = 640;

    // From so many groups on a device is busy, whatever they do; and beyond so many states they would take too much memory.
    private const int ManyGroups = 512, ManyStates = 1 << 18;

    /// <summary>Whether queries are quantized in blocks of 32.</summary>
    public abstract bool QuantizesQueries { get; }

    /// <summary>Words of a head's keys, or values, in a page.</summary>
    public abstract int HeadWords(int headLength, int pageLength);

    /// <summary>See <see cref="StoreKernel"/>.</summary>
    public abstract void Store(DevicePages pages, DevicePlaces places, int tokens, DeviceMatrix keys, DeviceMatrix values);

    /// <summary>See <see cref="RopeStoreKernel"/>.</summary>
    public abstract void RopeAndStore(
        HeldRopes.Held queries, HeldRopes.Held keys, DevicePages pages, DevicePlaces places, int tokens, DeviceMatrix values);

    /// <summary>See <see cref="AttentionKernel"/>.</summary>
    /// <param name="q">q [T, H D].</param>
    /// <param name="quantized">q in blocks of 32, where keys are quantized.</param>
    /// <param name="pages">The layer's pages.</param>
    /// <param name="places">The tokens' places.</param>
    /// <param name="tiles">The tiles of queries, see <see cref="AttentionTile"/>.</param>
    /// <param name="headsTogether">H / G.</param>
    /// <param name="positions">The most that a token sees.</param>
    /// <param name="scale">What scores are multiplied with.</param>
    /// <param name="y">y [T, H D].</param>
    public abstract void Attend(
        DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, ArrayView<int> tiles, int headsTogether, int positions, float scale, DeviceMatrix y);

    /// <summary>See <see cref="PageImageKernel.Read"/>.</summary>
    public abstract void ReadImage(DevicePages pages, int page, int positions, int firstUnit, int units, ArrayView<int> image);

    /// <summary>See <see cref="PageImageKernel.Write"/>.</summary>
    public abstract void WriteImage(DevicePages pages, int page, int positions, int firstUnit, int units, ArrayView<int> image);

    /// <summary>The kernels of one of <see cref="KeyValueShape.Types"/>.</summary>
    public static KeyValueKernels Of(GgmlType type, Accelerator accelerator, GrowingBuffer<float> states) => type switch
    {
        GgmlType.F32 => new Kernels<FloatKeyValues<F32>>(accelerator, states, quantizesQueries: false),
        GgmlType.F16 => new Kernels<FloatKeyValues<F16>>(accelerator, states, quantizesQueries: false),
        GgmlType.BF16 => new Kernels<FloatKeyValues<BF16>>(accelerator, states, quantizesQueries: false),
        GgmlType.Q8_0 => new Kernels<QuantizedKeyValues<Q8_0>>(accelerator, states, quantizesQueries: true),
        GgmlType.Q4_0 => new Kernels<QuantizedKeyValues<Q4_0>>(accelerator, states, quantizesQueries: true),
        _ => throw new UnreachableException($"{type} is no type of keys and values"),
    };

    private sealed class Kernels<TKeyValues>(Accelerator accelerator, GrowingBuffer<float> statesMemory, bool quantizesQueries) : KeyValueKernels
        where TKeyValues : struct, IDeviceKeyValues
    {
        private readonly LoadedKernel<Action<KernelConfig, DevicePages, DevicePlaces, DeviceMatrix, DeviceMatrix>> _store =
            new(() => accelerator.LoadStreamKernel<DevicePages, DevicePlaces, DeviceMatrix, DeviceMatrix>(StoreKernel.Run<TKeyValues>));

        private readonly LoadedKernel<Action<KernelConfig, DeviceMatrix, DeviceMatrix, DeviceMatrix, DeviceMatrix, int, int, int, int, float, DevicePages, DevicePlaces>> _ropeAndStore =
            new(() => accelerator.LoadStreamKernel<DeviceMatrix, DeviceMatrix, DeviceMatrix, DeviceMatrix, int, int, int, int, float, DevicePages, DevicePlaces>(
                RopeStoreKernel.Run<TKeyValues>));

        private readonly LoadedKernel<Action<KernelConfig, DeviceMatrix, QuantizedRows, DevicePages, DevicePlaces, ArrayView<int>, int, float, DeviceMatrix>> _attend =
            new(() => accelerator.LoadStreamKernel<DeviceMatrix, QuantizedRows, DevicePages, DevicePlaces, ArrayView<int>, int, float, DeviceMatrix>(
                AttentionKernel.Run<TKeyValues>));

        private readonly LoadedKernel<Action<KernelConfig, DeviceMatrix, QuantizedRows, DevicePages, DevicePlaces, ArrayView<int>, int, float, ArrayView<float>>> _states =
            new(() => accelerator.LoadStreamKernel<DeviceMatrix, QuantizedRows, DevicePages, DevicePlaces, ArrayView<int>, int, float, ArrayView<float>>(
                SplitAttentionKernel.States<TKeyValues>));

        private readonly LoadedKernel<Action<KernelConfig, DevicePages, DevicePlaces, ArrayView<int>, int, int, ArrayView<float>, DeviceMatrix>> _join =
            new(() => accelerator.LoadStreamKernel<DevicePages, DevicePlaces, ArrayView<int>, int, int, ArrayView<float>, DeviceMatrix>(
                SplitAttentionKernel.Join));

        private readonly LoadedKernel<Action<KernelConfig, DevicePages, int, int, int, int, ArrayView<int>>> _readImage =
            new(() => accelerator.LoadStreamKernel<DevicePages, int, int, int, int, ArrayView<int>>(PageImageKernel.Read<TKeyValues>));

        private readonly LoadedKernel<Action<KernelConfig, DevicePages, int, int, int, int, ArrayView<int>>> _writeImage =
            new(() => accelerator.LoadStreamKernel<DevicePages, int, int, int, int, ArrayView<int>>(PageImageKernel.Write<TKeyValues>));

        public override bool QuantizesQueries => quantizesQueries;

        public override int HeadWords(int headLength, int pageLength) => TKeyValues.HeadWords(headLength, pageLength);

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
            var length = Hadamard.Length(pages.HeadLength);
            _ropeAndStore.Value(
                new KernelConfig(grid, new Index2D(StoreThreads, 1), SharedMemoryConfig.RequestDynamic<float>(length)),
                queries.X,
                keys.X,
                values,
                keys.Angles,
                keys.Pairs,
                adjacent,
                queries.Heads,
                keys.IsTransformed ? length : 0,
                Hadamard.Scale(length),
                pages,
                places);
        }

        public override void Attend(
            DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, ArrayView<int> tiles, int headsTogether, int positions, float scale, DeviceMatrix y)
        {
            var count = (int)tiles.Length / AttentionTile.Numbers;
            var segments = (positions + KeyValueShape.SegmentLength - 1) / KeyValueShape.SegmentLength;
            var queries = SharedMemoryConfig.RequestDynamic<Float4>(TKeyValues.QueryWords(pages.HeadLength) * Sixteen.Quads);
            var (groups, states) = ((long)pages.Heads * count, (long)pages.Heads * count * segments * Sixteen.Count);
            if (segments == 1 || groups >= ManyGroups || states > ManyStates)
            {
                var all = new KernelConfig(new Index2D(count, pages.Heads), new Index2D(AttentionGroup.Threads, 1), queries);
                _attend.Value(all, q, quantized, pages, places, tiles, headsTogether, scale, y);
                return;
            }

            var memory = statesMemory.Get(states * SplitAttentionKernel.StateLength(pages.HeadLength));
            var split = new KernelConfig(new Index3D(count, pages.Heads, segments), new Index3D(AttentionGroup.Threads, 1, 1), queries);
            _states.Value(split, q, quantized, pages, places, tiles, headsTogether, scale, memory);
            var rows = new KernelConfig(new Index2D(count, pages.Heads * Sixteen.Count), new Index2D(AttentionGroup.Threads, 1));
            _join.Value(rows, pages, places, tiles, headsTogether, segments, memory, y);
        }

        public override void ReadImage(DevicePages pages, int page, int positions, int firstUnit, int units, ArrayView<int> image) =>
            _readImage.Value(ImageGrid(units), pages, page, positions, firstUnit, units, image);

        public override void WriteImage(DevicePages pages, int page, int positions, int firstUnit, int units, ArrayView<int> image) =>
            _writeImage.Value(ImageGrid(units), pages, page, positions, firstUnit, units, image);

        private static KernelConfig ImageGrid(int units) => new((units + ImageThreads - 1) / ImageThreads, ImageThreads);
    }
}
