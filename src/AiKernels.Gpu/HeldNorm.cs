using AiKernels.Gpu.Kernels;
using AiKernels.Gpu.Memory;

namespace AiKernels.Gpu;

/// <summary>
/// A norm that waits for the operation after it: where that is a product of it, its quantization comes out of the same
/// launch. A step of one token is hundreds of launches, each of which takes some time whatever it does.
/// </summary>
internal sealed class HeldNorm(ElementKernels kernels, QuantizedMemory quantized)
{
    private DeviceMatrix _x, _gain, _y;
    private Tensor _output;
    private int _columns;
    private float _epsilon;
    private bool _isHeld;

    /// <summary>Holds the norm of whole rows.</summary>
    public void Hold(DeviceMatrix x, DeviceMatrix gain, float epsilon, DeviceMatrix y, Tensor output)
    {
        (_x, _gain, _y, _output, _columns, _epsilon) = (x, gain, y, output, output.Columns, epsilon);
        _isHeld = true;
    }

    /// <summary>Enqueues a norm that was held; called before whatever might read it, or write what it reads.</summary>
    public void Release()
    {
        if (_isHeld)
        {
            var rows = _output.Rows;
            Drop();
            kernels.RmsNorm(_x, rows, _columns, _gain, _columns, _epsilon, _y);
        }
    }

    /// <summary>Forgets a norm that was held.</summary>
    public void Drop()
    {
        _isHeld = false;
        _output = default; // Or its memory could not be collected.
    }

    /// <summary>Enqueues a norm that was held, with its quantization where it is the input of a product in such blocks.</summary>
    public void Release(Tensor input, int? blockLength)
    {
        if (_isHeld && blockLength is { } length && _output.IsSameAs(input))
        {
            Drop();
            kernels.RmsNorm(_x, input.Rows, _columns, _gain, _epsilon, _y, quantized.Add(length));
        }

        Release();
    }
}
