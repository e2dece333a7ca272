using System.Runtime.InteropServices;

namespace AiKernels.Cpu;

/// <summary>A place in memory that belongs to somebody else and is kept from being freed, such as a mapped file.</summary>
internal sealed unsafe class AdoptedMemory : IDisposable
{
    private const int Alignment = 64;

    private readonly SafeBuffer _owner;

    private AdoptedMemory(SafeBuffer owner, byte* data)
    {
        _owner = owner;
        Data = data;
    }

    ~AdoptedMemory() => Release();

    public byte* Data { get; private set; }

    /// <summary>Holds the owner and points into it; null if the place is not aligned to a cache line.</summary>
    public static AdoptedMemory? TryAcquire(SafeBuffer owner, long offset)
    {
        byte* start = null;
        owner.AcquirePointer(ref start);
        if ((nuint)(start + offset) % Alignment == 0)
        {
            return new AdoptedMemory(owner, start + offset);
        }

        owner.ReleasePointer();
        return null;
    }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (Data != null)
        {
            Data = null;
            _owner.ReleasePointer();
        }
    }
}
