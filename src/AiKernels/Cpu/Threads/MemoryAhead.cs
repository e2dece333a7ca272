using System.Runtime.Intrinsics.X86;

namespace AiKernels.Cpu.Threads;

/// <summary>
/// Memory that a thread will probably read soon. While one thread does what can't be shared, the others have nothing to
/// do, and neither has the memory: they fetch this into their caches.
/// </summary>
/// <remarks>
/// A guess: the memory may be freed, or start and length those of two different ones, read while another thread wrote
/// them. Fetching ahead reads nothing and never faults. .NET offers it on x64 only.
/// </remarks>
internal readonly unsafe record struct MemoryAhead(nint Start, long Length)
{
    // A quarter of the second-level cache of Zen 4 and 5.
    private const int MostBytes = 256 << 10;

    // A hundred nanoseconds' worth: nobody waits longer for the thread to look up.
    private const int PieceBytes = 1024, CacheLine = 64;

    /// <summary>Whether this processor can fetch ahead.</summary>
    public static bool IsSupported => Sse.IsSupported;

    /// <summary>Fetches its beginning for as long as a number stays what it is; gives the bytes that were asked for.</summary>
    public int FetchWhile(ref int number, int value)
    {
        var end = IsSupported ? (int)Math.Min(Length, MostBytes) : 0;
        var at = 0;
        while (at < end && Volatile.Read(ref number) == value)
        {
            for (var pieceEnd = Math.Min(at + PieceBytes, end); at < pieceEnd; at += CacheLine)
            {
                Sse.Prefetch1((byte*)Start + at);
            }
        }

        return at;
    }
}
