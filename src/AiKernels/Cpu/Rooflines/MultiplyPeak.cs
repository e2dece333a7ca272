using System.Diagnostics;
using AiKernels.Cpu.Threads;

namespace AiKernels.Cpu.Rooflines;

/// <summary>How fast the best unit multiplies 8-bit integers that are already in the nearest cache.</summary>
internal static unsafe class MultiplyPeak
{
    // Pieces of about a millisecond: short enough that an interrupted thread costs little of a pass.
    private const int PiecesPerThread = 32;
    private const int Passes = 3;

    private static readonly long PieceTime = Stopwatch.Frequency / 1000;

    /// <summary>Operations per second of the fastest unit, and its name.</summary>
    public static (double OperationsPerSecond, string Unit) Measure(WorkerPool pool, CancellationToken cancellation)
    {
        using var operands = new NativeBuffer(MultiplyLoop.OperandBytes);
        new Random(1).NextBytes(new Span<byte>(operands.Data, MultiplyLoop.OperandBytes));
        var best = (OperationsPerSecond: 0.0, Unit: "");
        foreach (var loop in MultiplyLoop.Supported.Where(loop => loop.IsReady))
        {
            var work = new Rounds(loop, operands.Data, Calibrate(loop, operands.Data));
            for (var pass = 0; pass < Passes; pass++)
            {
                cancellation.ThrowIfCancellationRequested();
                var rate = Pass(pool, work, pool.Threads * PiecesPerThread);
                best = rate > best.OperationsPerSecond ? (rate, loop.Unit) : best;
            }
        }

        return best;
    }

    /// <summary>Rounds that take a piece's time.</summary>
    private static int Calibrate(MultiplyLoop loop, byte* operands)
    {
        loop.Run(operands, 1); // Compiles it.
        for (var rounds = 1024; ; rounds *= 2)
        {
            var start = Stopwatch.GetTimestamp();
            Unread.Take(loop.Run(operands, rounds));
            if (Stopwatch.GetTimestamp() - start >= PieceTime || rounds >= 1 << 29)
            {
                return rounds;
            }
        }
    }

    private static double Pass(WorkerPool pool, Rounds work, int pieces)
    {
        var start = Stopwatch.GetTimestamp();
        pool.Run(work, pieces);
        return (double)work.Operations * pieces / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private readonly struct Rounds(MultiplyLoop loop, byte* operands, int rounds) : IWork
    {
        public long Operations => rounds * loop.OperationsPerRound;

        public void Run(int item) => Unread.Take(loop.Run(operands, rounds));
    }
}
