using System.Diagnostics;

namespace AiKernels.Gpu.Benchmarks.Timing;

/// <summary>
/// Work that keeps a device busy while the host enqueues what is to be timed, so that the device then does it without
/// waiting for the host. It also leaves nothing else in the device's caches.
/// </summary>
internal sealed class Headstart
{
    private const int Columns = 4096, ColumnsOnEmulator = 16, Rows = 1 << 14;

    private readonly IBackend _backend;
    private readonly FillerWork _work;
    private readonly Tensor _small;
    private readonly double _seconds;

    public Headstart(IBackend backend, DeviceClock clock)
    {
        _backend = backend;
        _work = clock.IsCuda ? new FillerWork(backend, Rows, Columns) : new FillerWork(backend, 1, ColumnsOnEmulator);
        _small = backend.Allocate(1, 1);
        _work.Enqueue();
        Wait();
        var start = Stopwatch.GetTimestamp();
        _work.Enqueue();
        Wait();
        _seconds = clock.IsCuda ? Stopwatch.GetElapsedTime(start).TotalSeconds : double.PositiveInfinity;
    }

    /// <summary>Enqueues work for at least so long; none on the emulator.</summary>
    public void Give(double seconds)
    {
        for (var given = 0.0; given < seconds && !double.IsInfinity(_seconds); given += _seconds)
        {
            _work.Enqueue();
        }
    }

    /// <summary>Waits for the device.</summary>
    public void Wait() => _backend.Read(_small, new float[1]);
}
