using System.Runtime.CompilerServices;
using AiKernels.Cache;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>Writes each token's keys and values into its page. An item is some neighbouring tokens.</summary>
/// <remarks>
/// Of a key, every channel goes into another cache line, beside those of the neighbouring positions: so these are written
/// together, channel by channel, and by one thread.
/// </remarks>
internal readonly unsafe struct StoreKeyValues<TElement>(
    CpuKeyValueCache cache, int layer, Batch batch, Matrix keys, Matrix values) : IWork
    where TElement : unmanaged, IFloatFormat<TElement>
{
    // Halves of a cache line.
    private const int Tokens = 32;

    public int Items => (batch.Count + Tokens - 1) / Tokens;

    public void Run(int item)
    {
        var (first, shape) = (item * Tokens, cache.Shape);
        var count = Math.Min(Tokens, batch.Count - first);
        var places = stackalloc TElement*[Tokens];
        for (var head = 0; head < shape.Heads; head++)
        {
            for (var i = 0; i < count; i++)
            {
                var position = batch.Positions[first + i];
                var page = batch.Tables[first + i].Pages[position / shape.PageLength];
                var (start, slot) = ((nint)cache.Head(page, layer, head), position % shape.PageLength);
                var value = (TElement*)start + shape.HeadElements + (slot * shape.HeadLength);
                places[i] = (TElement*)start + slot;
                Round(values.Row(first + i) + (head * shape.HeadLength), value, shape.HeadLength);
            }

            StoreKeys(first, count, head * shape.HeadLength, places);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreKeys(int first, int count, int channel, TElement** places)
    {
        for (var d = 0; d < cache.Shape.HeadLength; d++)
        {
            for (var i = 0; i < count; i++)
            {
                places[i][d * cache.Shape.PageLength] = TElement.Round(keys.Row(first + i)[channel + d]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Round(float* source, TElement* destination, int count)
    {
        for (var i = 0; i < count; i++)
        {
            destination[i] = TElement.Round(source[i]);
        }
    }
}
