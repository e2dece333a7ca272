using System.Runtime.InteropServices;

namespace AiKernels.Cpu;

/// <summary>
/// Zeroed memory outside the managed heap, aligned to a cache line, or to a huge page where it is as large. Large pieces
/// come from the system page by page as they are first touched, so reserving is free.
/// </summary>
/// <remarks>
/// Small pieces may come from the C library's heap (glibc's below 128 KB, and up to 32 MB once it has given such pieces
/// back), cleared and in the midst of others: no caller needs pages of its own. Huge pages come whole all the same, since
/// the start is aligned; of one that was in use before, ordinary pages may stay.
/// </remarks>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const int CacheLine = 64;

    private readonly long _reserved;
    private void* _allocation;

    public NativeBuffer(long bytes)
    {
        // calloc, not an aligned allocation followed by clearing: that would touch every page.
        var alignment = bytes >= HugePages.Length ? HugePages.Length : CacheLine;
        _reserved = checked(bytes + alignment);
        _allocation = NativeMemory.AllocZeroed((nuint)_reserved);
        Data = (byte*)(((nuint)_allocation + (nuint)alignment - 1) & ~((nuint)alignment - 1));
        Length = bytes;
        if (alignment == HugePages.Length)
        {
            HugePages.Advise(Data, bytes);
        }

        GC.AddMemoryPressure(_reserved);
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
            GC.RemoveMemoryPressure(_reserved);
            _allocation = null;
            Data = null;
        }
    }
}
