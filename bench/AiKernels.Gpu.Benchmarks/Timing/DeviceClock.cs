using System.Diagnostics;
using ILGPU.Runtime.Cuda;

namespace AiKernels.Gpu.Benchmarks.Timing;

/// <summary>
/// Marks on a device's queue, and the time between them as the device saw it. The device must be the calling thread's, as it
/// is after any operation of its backend; the driver frees the marks with it. On the emulator, which enqueues nothing, the host's
/// time is the device's.
/// </summary>
internal sealed class DeviceClock(bool isCuda)
{
    private readonly List<nint> _events = [];
    private int _used;

    /// <summary>Whether the device works while the host does something else.</summary>
    public bool IsCuda => isCuda;

    /// <summary>Puts a mark behind what was enqueued so far.</summary>
    public long Mark()
    {
        if (!isCuda)
        {
            return Stopwatch.GetTimestamp();
        }

        if (_used == _events.Count)
        {
            CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.CreateEvent(out var created, CudaEventFlags.CU_EVENT_DEFAULT));
            _events.Add(created);
        }

        // Backends enqueue on the device's default stream.
        CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.RecordEvent(_events[_used], 0));
        return _used++;
    }

    /// <summary>Seconds between two marks, once the device is past both.</summary>
    public double Seconds(long from, long to)
    {
        if (!isCuda)
        {
            return Stopwatch.GetElapsedTime(from, to).TotalSeconds;
        }

        CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.ElapsedTime(out var milliseconds, _events[(int)from], _events[(int)to]));
        return milliseconds / 1e3;
    }

    /// <summary>Forgets all marks.</summary>
    public void Reset() => _used = 0;
}
