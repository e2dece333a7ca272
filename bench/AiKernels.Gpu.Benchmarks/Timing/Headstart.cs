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
    private readonly Tensor _work, _gain, _small;
    private readonly double _seconds;

    public Headstart(IBackend backend, DeviceClock clock)
    {
        _backend = backend;
        (_work, _gain, _small) = clock.IsCuda
            ? (backend.Allocate(Rows, Columns), backend.Allocate(1, Columns), backend.Allocate(1, 1))
            : (backend.Allocate(1, ColumnsOnEmulator), backend.Allocate(1, ColumnsOnEmulator), backend.Allocate(1, 1));
        Work();
        Wait();
        var start = Stopwatch.GetTimestamp();
        Work();
        Wait();
        _seconds = clock.IsCuda ? Stopwatch.GetElapsedTime(start).TotalSeconds : double.PositiveInfinity;
    }

    /// <summary>Enqueues work for at least so long; none on the emulator.</summary>
    public void Give(double seconds)
    {
        for (var given = 0.0; given < seconds && !double.IsInfinity(_seconds); given += _seconds)
        {
            Work();
        }
    }

    /// <summary>Waits for the device.</summary>
    public void Wait() => _backend.Read(_small, new float[1]);

    private void Work() => _backend.RmsNorm(_work, _gain, 1, _work);
}
