using System.Runtime.InteropServices;

namespace AiKernels.Cpu;

/// <summary>
/// Zeroed memory outside the managed heap, aligned to a cache line. Large pieces come from the system page by page as
/// they are first touched, so reserving is free.
/// </summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const int CacheLine = 64;

    private void* _allocation;

    /// <summary>Memory of so many bytes.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="isFilled">
    /// Whether all of it will be used, so that huge pages are worth it; where it fills slowly, they would be resident
    /// before their time.
    /// </param>
    public NativeBuffer(long bytes, bool isFilled = false)
    {
        var isHuge = isFilled && HugePages.CanBeAsked && bytes >= HugePages.Length;
        nuint alignment = isHuge ? (nuint)HugePages.Length : CacheLine;

        // calloc, not an aligned allocation followed by clearing: that would touch every page. What alignment skips is
        // not touched either.
        _allocation = NativeMemory.AllocZeroed(checked((nuint)bytes + alignment));
        Data = (byte*)(((nuint)_allocation + alignment - 1) & ~(alignment - 1));
        Length = bytes;
        GC.AddMemoryPressure(bytes + CacheLine);
        if (isHuge)
        {
            HugePages.Ask(Data, bytes);
        }
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
            GC.RemoveMemoryPressure(Length + CacheLine);
            _allocation = null;
            Data = null;
        }
    }
}
