using System.Runtime.InteropServices;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>Copies the first positions of a page to an image, or from one, see <see cref="IBackend.ReadPage"/>. An item is a layer's head.</summary>
internal readonly unsafe struct PageImage(CpuKeyValueCache cache, int page, int positions, byte* image, bool isRead) : IWork
{
    public void Run(int item)
    {
        var shape = cache.Shape;
        var bytes = shape.Type.RowBytes((long)positions * shape.HeadLength);
        var keys = cache.Head(page, item / shape.Heads, item % shape.Heads);
        var values = keys + shape.Type.RowBytes(shape.HeadElements);
        var keyRows = image + (2 * item * bytes);
        if (isRead)
        {
            cache.KeyRows.Read(keys, shape, positions, keyRows);
            NativeMemory.Copy(values, keyRows + bytes, (nuint)bytes);
        }
        else
        {
            cache.KeyRows.Write(keyRows, shape, positions, keys);
            NativeMemory.Copy(keyRows + bytes, values, (nuint)bytes);
        }
    }
}
