using System.IO.MemoryMappedFiles;

namespace AiKernels.Runtime.Files;

/// <summary>A part of a file mapped into memory until it is disposed.</summary>
/// <remarks>
/// Pages are read when first touched and count as resident memory until the window is disposed, so a caller that
/// walks a large tensor opens one window after the other. A window may outlive its <see cref="GgufFile"/>. It may be
/// read from several threads; its bytes must not be used once it is disposed.
/// </remarks>
public sealed unsafe class GgufWindow : IDisposable
{
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly int _length;
    private int _disposed;

    internal GgufWindow(MemoryMappedFile file, long offset, int count)
    {
        _view = file.CreateViewAccessor(offset, count, MemoryMappedFileAccess.Read);
        // Held until Dispose, so that a window someone forgets to dispose leaks instead of unmapping bytes in use.
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
        _length = count;
    }

    /// <summary>The bytes, valid until the window is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The window is disposed.</exception>
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            return new(_start, _length);
        }
    }

    /// <summary>Unmaps the bytes; <see cref="Hold"/> defers that until its holders are done.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
        }
    }

    /// <summary>Keeps the bytes mapped even if another thread disposes the window meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The window is disposed.</exception>
    internal Holder Hold() => new(this);

    internal readonly ref struct Holder
    {
        private readonly GgufWindow _window;

        public Holder(GgufWindow window)
        {
            byte* ignored = null;
            window._view.SafeMemoryMappedViewHandle.AcquirePointer(ref ignored);
            _window = window;
        }

        public ReadOnlySpan<byte> Bytes => new(_window._start, _window._length);

        public void Dispose() => _window._view.SafeMemoryMappedViewHandle.ReleasePointer();
    }
}
