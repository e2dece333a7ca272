using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Memory;

/// <summary>Device memory that operations use in passing: it grows to the largest that was asked for and stays.</summary>
internal sealed class GrowingBuffer<T>(GpuBackend backend) : IDisposable
    where T : unmanaged
{
    private MemoryBuffer1D<T, Stride1D.Dense>? _memory;

    /// <summary>The first of so many elements; what they hold is whatever was there.</summary>
    public ArrayView<T> Get(long length)
    {
        if (_memory is null || _memory.Length < length)
        {
            var larger = backend.Allocate<T>(length); // May throw, and then the old one must still be there.
            Dispose();
            _memory = larger;
        }

        return _memory.View.SubView(0, length);
    }

    public void Dispose()
    {
        if (_memory is { } memory)
        {
            _memory = null;
            backend.Free(memory);
        }
    }
}
