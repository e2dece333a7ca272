using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using AiKernels.Gpu.Memory;

namespace AiKernels.Gpu;

/// <summary>
/// A norm that waits for the operation after it: where that is a product of it, its quantization comes out of the same
/// launch. A step of one token is hundreds of launches, each of which takes some time whatever it does.
/// </summary>
internal sealed class HeldNorm(ElementKernels kernels, QuantizedMemory quantized)
{
    private Held? _held; // Null as soon as it can be, or what it names could not be collected.

    /// <summary>Holds the norm of whole rows.</summary>
    public void Hold(DeviceMatrix x, DeviceMatrix gain, float epsilon, DeviceMatrix y, Tensor output) =>
        _held = new Held(x, gain, epsilon, y, output);

    /// <summary>Enqueues a norm that was held; called before whatever might read it, or write what it reads.</summary>
    public void Release()
    {
        if (_held is var (x, gain, epsilon, y, output))
        {
            _held = null;
            kernels.RmsNorm(x, output.Rows, output.Columns, gain, output.Columns, epsilon, y);
        }
    }

    /// <summary>Enqueues a norm that was held, with its quantization where it is a product's input, and wanted in such blocks.</summary>
    public void ReleaseFor(Tensor input, int? blockLength)
    {
        if (_held is var (x, gain, epsilon, y, output) && blockLength is { } length && output.IsSameAs(input))
        {
            var codes = quantized.Add(length); // May throw, and then the norm is still held.
            _held = null;
            kernels.RmsNorm(x, output.Rows, output.Columns, gain, epsilon, y, codes);
        }

        Release();
    }

    /// <summary>Forgets a norm that was held.</summary>
    public void Drop() => _held = null;

    private readonly record struct Held(DeviceMatrix X, DeviceMatrix Gain, float Epsilon, DeviceMatrix Y, Tensor Output);
}
