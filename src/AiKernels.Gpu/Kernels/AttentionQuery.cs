using AiKernels.Cache;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>A token's query head and where its keys and values are.</summary>
/// <param name="q">q [T, H D].</param>
/// <param name="quantized">q in blocks of 32, where keys are quantized.</param>
/// <param name="pages">The layer's pages.</param>
/// <param name="places">The tokens' places.</param>
/// <param name="heads">H.</param>
/// <param name="scale">What scores are multiplied with.</param>
/// <param name="token">The token.</param>
/// <param name="head">The head.</param>
internal readonly struct AttentionQuery(
    DeviceMatrix q, QuantizedRows quantized, DevicePages pages, DevicePlaces places, int heads, float scale, int token, int head)
{
    /// <summary>Positions that the token sees.</summary>
    public readonly int Length = places.Position(token) + 1;

    /// <summary>The head's first channel.</summary>
    public readonly int Column = head * pages.HeadLength;

    private readonly int _shared = head * pages.Heads / heads;

    /// <summary>Positions of the segment that begins at one.</summary>
    public int Count(int start) => IntrinsicMath.Min(KeyValueShape.SegmentLength, Length - start);

    /// <summary>(q k^T) * scale of a position of a segment.</summary>
    public float Score<TKeyValues>(int start, int p)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var (page, slot) = (places.Page(token, start / pages.PageLength), start % pages.PageLength);
        return DeviceMath.Multiply(TKeyValues.Score(pages, pages.Keys(page, _shared), slot + p, q, quantized, token, Column), scale);
    }

    /// <summary>The sum of weight v over a segment's positions, for a channel.</summary>
    public float Output<TKeyValues>(int start, ArrayView<float> weights, int channel)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var (page, slot, sum) = (places.Page(token, start / pages.PageLength), start % pages.PageLength, 0f);
        for (var p = 0; p < Count(start); p++)
        {
            sum = DeviceMath.Fma(weights[p], TKeyValues.Value(pages, pages.Values(page, _shared), slot + p, channel), sum);
        }

        return sum;
    }
}
