using System.Runtime.InteropServices;
using AiKernels.Formats;
using AiKernels.Gpu.Memory;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu;

/// <summary>
/// Images of pages (see <see cref="IBackend.ReadPage"/>), which the device makes and takes apart: only what is asked for goes
/// over, a piece at a time.
/// </summary>
internal sealed unsafe class PageImages(OpenDevice device)
{
    private const int PieceBytes = 1 << 20;

    private readonly GrowingBuffer<int> _memory = new(device);

    /// <summary>Waits for the device and copies the first positions of a page.</summary>
    public void Read(DeviceCache cache, int page, int positions, Span<byte> image)
    {
        var unitBytes = UnitBytes(cache);
        fixed (byte* bytes = image) // While the device writes, nothing may move them.
        {
            for (var (start, length) = (0, 0); start < image.Length; start += length)
            {
                length = Math.Min(PieceLength(unitBytes), image.Length - start);
                var piece = _memory.Get(length / sizeof(int));
                cache.Kernels.ReadImage(cache.Layer(0), page, positions, start / unitBytes, length / unitBytes, piece);
                piece.CopyToCPU(ref *(int*)(bytes + start), piece.Length);
            }

            device.Synchronize();
        }
    }

    /// <summary>Enqueues that the first positions of a page become what an image says, which is free again at once.</summary>
    public void Write(DeviceCache cache, int page, int positions, ReadOnlySpan<byte> image)
    {
        var unitBytes = UnitBytes(cache);
        for (var (start, length) = (0, 0); start < image.Length; start += length)
        {
            length = Math.Min(PieceLength(unitBytes), image.Length - start);
            var piece = _memory.Get(length / sizeof(int));
            device.Integers.Send(MemoryMarshal.Cast<byte, int>(image.Slice(start, length)), piece);
            cache.Kernels.WriteImage(cache.Layer(0), page, positions, start / unitBytes, length / unitBytes, piece);
        }
    }

    private static int UnitBytes(DeviceCache cache) => cache.Shape.Type.Block().Bytes;

    /// <summary>As many bytes as are an even number of units, and so whole words, as an image is: it has as many keys as values.</summary>
    private static int PieceLength(int unitBytes) => PieceBytes / (2 * unitBytes) * 2 * unitBytes;
}
