using System.Runtime.Intrinsics.X86;

namespace AiKernels.Cpu.Threads;

/// <summary>
/// Memory that a thread will probably read next. While one thread does what can't be shared, the others have nothing to
/// do, and neither has the memory: they fetch this into their caches.
/// </summary>
/// <remarks>
/// A guess: the memory may be freed or not there at all, since fetching ahead reads nothing and never faults. .NET offers
/// it on x64 only.
/// </remarks>
internal readonly unsafe struct MemoryAhead(byte* start, long length)
{
    // A quarter of the smallest second-level cache of today's servers.
    private const int MostBytes = 256 << 10;

    // A hundred nanoseconds' worth: nobody waits longer for the thread to look up.
    private const int PieceBytes = 1024, CacheLine = 64;

    public readonly byte* Start = start;
    public readonly int Length = (int)Math.Min(length, MostBytes);

    /// <summary>Fetches it for as long as a number stays what it is.</summary>
    public void FetchWhile(ref int number, int value)
    {
        for (var at = 0; Sse.IsSupported && at < Length && Volatile.Read(ref number) == value; at += PieceBytes)
        {
            for (var line = at; line < Math.Min(at + PieceBytes, Length); line += CacheLine)
            {
                Sse.Prefetch1(Start + line);
            }
        }
    }
}
