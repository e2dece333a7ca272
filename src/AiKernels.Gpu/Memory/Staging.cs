using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Memory;

/// <summary>
/// Memory of the host that the device reads on its own: what is put there goes over without anybody waiting. It is filled
/// from the start again once all has gone over.
/// </summary>
internal sealed class Staging<T>(Accelerator accelerator) : IDisposable
    where T : unmanaged
{
    // So many of the longest go over before anybody has to wait, unless they are long: such memory the system can't move.
    private const int SmallestLength = 1 << 14, Spare = 7, MostSpare = 1 << 22;

    private PageLockedArray1D<T>? _memory;
    private long _used;

    /// <summary>Enqueues a copy of values to the device; they are free again at once.</summary>
    public void Send(ReadOnlySpan<T> values, ArrayView<T> target)
    {
        if (values.IsEmpty)
        {
            return;
        }

        var place = Take(values.Length);
        values.CopyTo(place.Span.Slice((int)_used, values.Length));
        target.CopyFrom(accelerator.DefaultStream, place.ArrayView.SubView(_used, values.Length));
        _used += values.Length;
    }

    /// <summary>To be called when the device has done all that was enqueued.</summary>
    public void Reset() => _used = 0;

    public void Dispose() => _memory?.Dispose();

    private PageLockedArray1D<T> Take(int length)
    {
        if (_memory is { } memory && memory.Length - _used >= length)
        {
            return memory;
        }

        accelerator.Bind(); // Registering belongs to whichever device is the thread's.
        accelerator.DefaultStream.Synchronize();
        Reset();
        if (_memory is null || _memory.Length < length)
        {
            _memory?.Dispose();
            _memory = null;
            _memory = accelerator.AllocatePageLocked1D<T>(Math.Max(length + Math.Min(Spare * (long)length, MostSpare), SmallestLength), uninitialized: true);
        }

        return _memory;
    }
}
