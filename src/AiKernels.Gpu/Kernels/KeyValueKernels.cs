using AiKernels.Formats;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Kernels;

/// <summary>The operations on pages of one type of keys and values, compiled when they are first used.</summary>
internal abstract class KeyValueKernels
{
    private const int StoreThreads = 64;

    /// <summary>Whether queries are quantized in blocks of 32.</summary>
    public abstract bool QuantizesQueries { get; init; }

    /// <summary>See <see cref="StoreKernel"/>.</summary>
    public abstract void Store(DevicePages pages, DevicePlaces places, int tokens, DeviceMatrix keys, DeviceMatrix values);

    /// <summary>See <see cref="AttentionKernel"/>.</summary>
    public abstract void Attend(
        DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, int tokens, int heads, float scale, DeviceMatrix y);

    /// <summary>The kernels of F32, F16 or Q8_0.</summary>
    public static KeyValueKernels Of(GgmlType type, Accelerator accelerator) => type switch
    {
        GgmlType.F32 => new Kernels<FloatKeyValues<F32>>(accelerator),
        GgmlType.F16 => new Kernels<FloatKeyValues<F16>>(accelerator),
        _ => new Kernels<QuantizedKeyValues>(accelerator) { QuantizesQueries = true },
    };

    private sealed class Kernels<TKeyValues>(Accelerator accelerator) : KeyValueKernels
        where TKeyValues : struct, IDeviceKeyValues
    {
        private readonly Lazy<Action<KernelConfig, DevicePages, DevicePlaces, DeviceMatrix, DeviceMatrix>> _store =
            new(() => accelerator.LoadStreamKernel<DevicePages, DevicePlaces, DeviceMatrix, DeviceMatrix>(StoreKernel.Run<TKeyValues>));

        private readonly Lazy<Action<KernelConfig, DeviceMatrix, QuantizedRows, DevicePages, DevicePlaces, int, float, DeviceMatrix>> _attend =
            new(() => accelerator.LoadStreamKernel<DeviceMatrix, QuantizedRows, DevicePages, DevicePlaces, int, float, DeviceMatrix>(
                AttentionKernel.Run<TKeyValues>));

        public override bool QuantizesQueries { get; init; }

        public override void Store(DevicePages pages, DevicePlaces places, int tokens, DeviceMatrix keys, DeviceMatrix values)
        {
            var threads = pages.Heads * pages.HeadLength / TKeyValues.Together;
            _store.Value(
                (new Index2D((threads + StoreThreads - 1) / StoreThreads, tokens), new Index2D(StoreThreads, 1)), pages, places, keys, values);
        }

        public override void Attend(
            DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, int tokens, int heads, float scale, DeviceMatrix y) =>
            _attend.Value(
                (new Index2D(heads, tokens), new Index2D(AttentionKernel.Threads, 1)), q, quantized, pages, places, heads, scale, y);
    }
}
