using AiKernels.Cpu.Rooflines;
using AiKernels.Cpu.Threads;

namespace AiKernels.Cpu;

/// <summary>
/// What a machine can do at most: how fast its memory is read and how fast it multiplies. No model decodes faster than
/// the first allows, or prefills faster than the second.
/// </summary>
/// <remarks>
/// Both are measured, not looked up, since machines drift: measure before and after what is compared with them. Units
/// that the process may not use (<c>DOTNET_EnableAVX512=0</c> and the like) don't count. Source: Williams, Waterman and
/// Patterson, "Roofline", CACM 52(4), 2009.
/// </remarks>
/// <param name="BytesPerSecond">Memory read by all threads together, at the best number of streams.</param>
/// <param name="Streams">Places that each thread read from in turn where it was fastest.</param>
/// <param name="OperationsPerSecond">
/// Multiplications and additions of 8-bit integers by all threads together: a multiply-add is two.
/// </param>
/// <param name="MultiplyUnit">The unit that multiplied fastest.</param>
public sealed record Roofline(double BytesPerSecond, int Streams, double OperationsPerSecond, string MultiplyUnit)
{
    /// <summary>Measures this machine; takes about a second, and up to four times the last cache's size of memory.</summary>
    /// <param name="threads">Threads that read and multiply; 0 for as many as the process may use.</param>
    /// <param name="cancellation">Looked at between passes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or above 1,024.</exception>
    /// <exception cref="OutOfMemoryException">There is no memory to read.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static Roofline Measure(int threads = 0, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, CpuBackend.MaximumThreads);
        using var pool = new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads);
        var (bytes, streams) = MemoryBandwidth.Measure(pool, MemoryBandwidth.BufferBytes, cancellation);
        var (operations, unit) = MultiplyPeak.Measure(pool, cancellation);
        return new Roofline(bytes, streams, operations, unit);
    }

    /// <summary>The higher roof of two measurements: what lies between them must not profit from a bad moment of the machine.</summary>
    public static Roofline Highest(Roofline first, Roofline second)
    {
        var memory = first.BytesPerSecond >= second.BytesPerSecond ? first : second;
        var multiply = first.OperationsPerSecond >= second.OperationsPerSecond ? first : second;
        return memory with { OperationsPerSecond = multiply.OperationsPerSecond, MultiplyUnit = multiply.MultiplyUnit };
    }
}
