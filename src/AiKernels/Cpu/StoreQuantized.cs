using AiKernels.Cache;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>Writes each token's keys and values into its page in Q8_0, as <see cref="QuantizedReader{TSimd, TRegister}"/> reads them. An item is a token.</summary>
internal readonly unsafe struct StoreQuantized(
    CpuKeyValueCache cache, int layer, Batch batch, Matrix keys, Matrix values) : IWork
{
    public void Run(int item)
    {
        var shape = cache.Shape;
        var (page, slot) = (batch.Tables[item].Pages[batch.Positions[item] / shape.PageLength], batch.Positions[item] % shape.PageLength);
        for (var head = 0; head < shape.Heads; head++)
        {
            var place = cache.Head(page, layer, head);
            var panel = place + (slot / PanelLayout.Rows * BlockPanel<Q8_0>.Bytes(shape.HeadLength));
            var value = (Q8_0*)(place + shape.Type.RowBytes(shape.HeadElements)) + ((long)slot * shape.HeadLength / Q8_0.Length);
            var channels = head * shape.HeadLength;
            for (var d = 0; d < shape.HeadLength; d += Q8_0.Length, panel += BlockPanel<Q8_0>.SegmentBytes)
            {
                PutKey(Quantize(keys.Row(item) + channels + d), slot % PanelLayout.Rows, panel);
                *value++ = Quantize(values.Row(item) + channels + d);
            }
        }
    }

    private static Q8_0 Quantize(float* numbers) => Q8_0.Quantize(new ReadOnlySpan<float>(numbers, Q8_0.Length));

    /// <summary>One row of a panel's segment, over whatever stood there.</summary>
    private static void PutKey(Q8_0 block, int row, byte* segment)
    {
        var codes = (int*)Q8_0.Codes(&block);
        for (var step = 0; step < Q8_0.Length / PanelLayout.Depth; step++)
        {
            ((int*)(segment + (step * PanelLayout.StepBytes)))[row] = codes[step];
        }

        ((ushort*)(segment + BlockPanel<Q8_0>.ScaleOffset))[row] = HalfBits.FromFloat(Q8_0.Scale(block, 0));
    }
}
