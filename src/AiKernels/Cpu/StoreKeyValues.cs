using System.Runtime.CompilerServices;
using AiKernels.Cache;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>Writes each token's keys and values into its page. An item is a token.</summary>
internal readonly unsafe struct StoreKeyValues<TElement>(
    CpuKeyValueCache cache, int layer, Batch batch, Matrix keys, Matrix values) : IWork
    where TElement : unmanaged, IFloatFormat<TElement>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int item)
    {
        var shape = cache.Shape;
        var position = batch.Positions[item];
        var page = batch.Tables[item].Pages[position / shape.PageLength];
        var slot = position % shape.PageLength;
        for (var head = 0; head < shape.Heads; head++)
        {
            var key = (TElement*)cache.Head(page, layer, head);
            var value = key + shape.HeadElements + (slot * shape.HeadLength);
            for (var d = 0; d < shape.HeadLength; d++)
            {
                key[(d * shape.PageLength) + slot] = TElement.Round(keys.Row(item)[(head * shape.HeadLength) + d]);
                value[d] = TElement.Round(values.Row(item)[(head * shape.HeadLength) + d]);
            }
        }
    }
}
