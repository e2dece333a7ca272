using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Memory;

/// <summary>
/// Device memory that operations use in passing: it grows to the largest that was asked for, and stays until the backend is
/// disposed.
/// </summary>
internal sealed class GrowingBuffer<T>(OpenDevice device)
    where T : unmanaged
{
    private MemoryBuffer1D<T, Stride1D.Dense>? _memory;

    /// <summary>The first of so many elements; what they hold is whatever was there.</summary>
    public ArrayView<T> Get(long length)
    {
        if (_memory is null || _memory.Length < length)
        {
            var larger = device.Allocate<T>(length); // May throw, and then the old one must still be there.
            if (_memory is { } smaller)
            {
                device.Free(smaller);
            }

            _memory = larger;
        }

        return _memory.View.SubView(0, length);
    }
}
