using System.Runtime.InteropServices;

namespace AiKernels.Cpu;

/// <summary>
/// Zeroed memory outside the managed heap, aligned to a cache line. Large pieces come from the system page by page as
/// they are first touched, so reserving is free.
/// </summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const int Alignment = 64;

    private void* _allocation;

    public NativeBuffer(long bytes)
    {
        // calloc, not an aligned allocation followed by clearing: that would touch every page.
        _allocation = NativeMemory.AllocZeroed(checked((nuint)bytes + Alignment));
        Data = (byte*)(((nuint)_allocation + Alignment - 1) & ~(nuint)(Alignment - 1));
        Length = bytes;
        GC.AddMemoryPressure(bytes + Alignment);
    }

    ~NativeBuffer() => Free();

    public byte* Data { get; private set; }

    public long Length { get; }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_allocation != null)
        {
            NativeMemory.Free(_allocation);
            GC.RemoveMemoryPressure(Length + Alignment);
            _allocation = null;
            Data = null;
        }
    }
}
