using AiKernels.Cache;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>
/// Writes each token's keys and values into its page as blocks of a format, as
/// <see cref="QuantizedReader{TBlock, TSimd, TRegister}"/> reads them. An item is a token.
/// </summary>
/// <typeparam name="TBlock">The format.</typeparam>
internal readonly unsafe struct StoreQuantized<TBlock>(
    CpuKeyValueCache cache, int layer, Batch batch, Matrix keys, Matrix values) : IWork
    where TBlock : unmanaged, ICacheBlock<TBlock>
{
    public void Run(int item)
    {
        var shape = cache.Shape;
        var (page, slot) = (batch.Tables[item].Pages[batch.Positions[item] / shape.PageLength], batch.Positions[item] % shape.PageLength);
        for (var head = 0; head < shape.Heads; head++)
        {
            var place = cache.Head(page, layer, head);
            var panel = place + (slot / PanelLayout.Rows * BlockPanel<TBlock>.Bytes(shape.HeadLength));
            var value = (TBlock*)(place + shape.Type.RowBytes(shape.HeadElements)) + ((long)slot * shape.HeadLength / TBlock.Length);
            var channels = head * shape.HeadLength;
            for (var d = 0; d < shape.HeadLength; d += TBlock.Length, panel += BlockPanel<TBlock>.SegmentBytes)
            {
                var key = Quantize(keys.Row(item) + channels + d);
                KeyPanel<TBlock>.Put(&key, slot % PanelLayout.Rows, TBlock.Length, panel);
                *value++ = Quantize(values.Row(item) + channels + d);
            }
        }
    }

    private static TBlock Quantize(float* numbers) => TBlock.Quantize(new ReadOnlySpan<float>(numbers, TBlock.Length));
}
