using System.Diagnostics;
using System.Runtime.InteropServices;
using AiKernels.Cpu.Threads;

namespace AiKernels.Cpu.Rooflines;

/// <summary>How fast memory is read when nothing is done with it.</summary>
internal static unsafe class MemoryBandwidth
{
    // Several pieces a thread, so that one that is interrupted holds the others up for a fraction of the pass only.
    private const int PiecesPerThread = 8;
    private const long LeastPiece = 1 << 20;
    private const int Passes = 3;

    // Larger than what any cache of an ordinary machine can hold back.
    private const long LeastBytes = 512L << 20;

    // What any process can still have; it then measures a cache, which is better than ending for want of memory.
    private const long ScarceBytes = 16L << 20;

    /// <summary>
    /// How many places of a piece are read in turn, and how far ahead data are asked for. A core's own prefetchers follow
    /// several streams at once, but each ends with its page, and one alone does not always keep the memory busy.
    /// </summary>
    private static readonly (int Streams, int Ahead)[] Ways = [(1, 0), (4, 0), (8, 0), (16, 0), (1, 4096), (1, 8192), (4, 4096)];

    /// <summary>
    /// Enough that little of it is still in the last cache after a pass, but no more than a quarter of the memory that is
    /// free beside whatever is resident now.
    /// </summary>
    public static long BufferBytes
    {
        get
        {
            var memory = GC.GetGCMemoryInfo();
            // The collector knows the load of its last collection alone, which may have been before a model was loaded.
            var used = Math.Max(memory.MemoryLoadBytes, Environment.WorkingSet);
            return BufferBytesWithin(memory.TotalAvailableMemoryBytes - used, LastLevelCache.Bytes);
        }
    }

    /// <summary>The buffer's bytes where so many are free beside a last cache of so many; a few megabytes where none are.</summary>
    internal static long BufferBytesWithin(long free, long cache) =>
        Math.Max(Math.Min(Math.Max(LeastBytes, 4 * cache), free / 4), ScarceBytes);

    /// <summary>Bytes per second in the best way of reading, and its number of streams.</summary>
    public static (double BytesPerSecond, int Streams) Measure(WorkerPool pool, long bytes, CancellationToken cancellation)
    {
        using var memory = new NativeBuffer(bytes);
        var pieces = (int)Math.Clamp(bytes / LeastPiece, 1, pool.Threads * PiecesPerThread);
        // Zeros that were never written may all be the same page, which would be read from the cache.
        pool.Run(new Fill(memory.Data, bytes / pieces), pieces);
        var best = (BytesPerSecond: 0.0, Streams: 0);
        foreach (var (streams, ahead) in Ways)
        {
            for (var pass = 0; pass < Passes; pass++)
            {
                cancellation.ThrowIfCancellationRequested();
                var rate = Pass(pool, new Streams(memory.Data, bytes / pieces, streams, ahead), pieces);
                best = rate > best.BytesPerSecond ? (rate, streams) : best;
            }
        }

        return best;
    }

    private static double Pass(WorkerPool pool, Streams streams, int pieces)
    {
        var start = Stopwatch.GetTimestamp();
        InstructionSet.Best(DisabledFeatures.FromEnvironment()).Read(pool, streams, pieces);
        return (double)streams.BytesRead * pieces / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private readonly struct Fill(byte* memory, long pieceBytes) : IWork
    {
        public void Run(int item) => NativeMemory.Fill(memory + (item * pieceBytes), (nuint)pieceBytes, 1);
    }
}
