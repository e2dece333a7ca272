using AiKernels.Gpu.Kernels.Attention;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Numerics;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Kernels.Rows;

/// <summary>The operations that know no format, compiled when they are first used.</summary>
internal sealed class ElementKernels(Accelerator accelerator)
{
    private const int Threads = 64;

    // A row comes into shared memory all the faster; the emulator, which switches between threads, has only what is needed.
    private readonly int _normThreads = accelerator.AcceleratorType == AcceleratorType.CPU ? PartialSums.Count : RmsNormKernel.MostThreads;
    private readonly int _quantizedNormThreads = accelerator.AcceleratorType == AcceleratorType.CPU ? QuantizeKernel.Threads : RmsNormKernel.MostThreads;

    private readonly int _hadamardThreads = accelerator.AcceleratorType == AcceleratorType.CPU ? 4 : Threads;

    private readonly int _rankThreads = accelerator.AcceleratorType == AcceleratorType.CPU ? 2 : 256;

    private readonly LoadedKernel<Action<KernelConfig, ArrayView<int>, DeviceMatrix, int, DeviceMatrix>> _gather =
        new(() => accelerator.LoadStreamKernel<ArrayView<int>, DeviceMatrix, int, DeviceMatrix>(GatherKernel.Run));

    private readonly LoadedKernel<Action<KernelConfig, DeviceMatrix, DeviceMatrix, int, float, DeviceMatrix>> _norm =
        new(() => accelerator.LoadStreamKernel<DeviceMatrix, DeviceMatrix, int, float, DeviceMatrix>(RmsNormKernel.Run));

    private readonly LoadedKernel<Action<KernelConfig, DeviceMatrix, DeviceMatrix, int, float, DeviceMatrix, QuantizedRows>> _quantizedNorm =
        new(() => accelerator.LoadStreamKernel<DeviceMatrix, DeviceMatrix, int, float, DeviceMatrix, QuantizedRows>(RmsNormKernel.Quantized));

    private readonly LoadedKernel<Action<KernelConfig, DeviceMatrix, DeviceMatrix, int, int, int, int>> _rope =
        new(() => accelerator.LoadStreamKernel<DeviceMatrix, DeviceMatrix, int, int, int, int>(RopeKernel.Run));

    private readonly LoadedKernel<Action<KernelConfig, DeviceMatrix, int, float>> _hadamard =
        new(() => accelerator.LoadStreamKernel<DeviceMatrix, int, float>(HadamardKernel.Run));

    private readonly LoadedKernel<Action<KernelConfig, DeviceMatrix, QuantizedRows>> _quantize =
        new(() => accelerator.LoadStreamKernel<DeviceMatrix, QuantizedRows>(QuantizeKernel.Run));

    private readonly LoadedKernel<Action<KernelConfig, DeviceMatrix, int, int, ArrayView<ulong>>> _largestNumbers =
        new(() => accelerator.LoadStreamKernel<DeviceMatrix, int, int, ArrayView<ulong>>(LargestKernel.Numbers));

    private readonly LoadedKernel<Action<KernelConfig, ArrayView<ulong>, int, int, ArrayView<ulong>>> _largestKeys =
        new(() => accelerator.LoadStreamKernel<ArrayView<ulong>, int, int, ArrayView<ulong>>(LargestKernel.Keys));

    /// <summary>See <see cref="GatherKernel"/>.</summary>
    public void Gather(ArrayView<int> rows, DeviceMatrix x, int columns, DeviceMatrix y) =>
        _gather.Value(Grid(Groups(columns), (int)rows.Length, Threads), rows, x, columns, y);

    /// <summary>See <see cref="RmsNormKernel.Quantized"/>.</summary>
    public void RmsNorm(DeviceMatrix x, int rows, int columns, DeviceMatrix gain, float epsilon, DeviceMatrix y, QuantizedRows quantized) =>
        _quantizedNorm.Value(Grid(1, rows, _quantizedNormThreads), x, gain, columns, epsilon, y, quantized);

    /// <summary>See <see cref="RmsNormKernel.Run"/>.</summary>
    public void RmsNorm(DeviceMatrix x, int rows, int columns, DeviceMatrix gain, int length, float epsilon, DeviceMatrix y)
    {
        if (rows > 0 && columns > 0)
        {
            _norm.Value(Grid(columns / length, rows, _normThreads), x, gain, length, epsilon, y);
        }
    }

    /// <summary>See <see cref="RopeKernel"/>.</summary>
    public void Rope(DeviceMatrix x, int rows, int columns, int headLength, RopePairing pairing, DeviceMatrix rotation, int pairs)
    {
        var total = columns / headLength * pairs;
        if (rows > 0 && total > 0)
        {
            _rope.Value(Grid(Groups(total), rows, Threads), x, rotation, headLength, pairs, total, pairing == RopePairing.Adjacent ? 1 : 0);
        }
    }

    /// <summary>See <see cref="HadamardKernel"/>.</summary>
    public void HadamardTransform(DeviceMatrix x, int rows, int columns, int headLength)
    {
        var length = Hadamard.Length(headLength);
        if (rows > 0 && columns > 0 && length > 1)
        {
            var memory = SharedMemoryConfig.RequestDynamic<float>(length);
            var threads = Math.Min(length / 2, _hadamardThreads);
            _hadamard.Value(new KernelConfig(new Index2D(columns / length, rows), new Index2D(threads, 1), memory), x, length, Hadamard.Scale(length));
        }
    }

    /// <summary>See <see cref="QuantizeKernel"/>.</summary>
    public void Quantize(DeviceMatrix x, int rows, QuantizedRows y) =>
        _quantize.Value(Grid(((y.Columns / 4) + QuantizeKernel.Threads - 1) / QuantizeKernel.Threads, rows, QuantizeKernel.Threads), x, y);

    /// <summary>See <see cref="LargestKernel.Numbers"/>.</summary>
    public void Largest(DeviceMatrix x, int rows, int columns, int kept, ArrayView<ulong> keys) =>
        _largestNumbers.Value(Grid((int)(keys.Length / rows / kept), rows, _rankThreads), x, columns, kept, keys);

    /// <summary>See <see cref="LargestKernel.Keys"/>.</summary>
    public void Largest(ArrayView<ulong> source, int rows, int columns, int kept, ArrayView<ulong> keys) =>
        _largestKeys.Value(Grid((int)(keys.Length / rows / kept), rows, _rankThreads), source, columns, kept, keys);

    private static int Groups(int threads) => (threads + Threads - 1) / Threads;

    private static KernelConfig Grid(int groups, int rows, int threads) => (new Index2D(groups, rows), new Index2D(threads, 1));
}
