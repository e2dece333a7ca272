using AiKernels.Formats;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>Keys [D,P] and values [P,D] as floats of a format.</summary>
/// <typeparam name="TElement">The format.</typeparam>
internal readonly struct FloatKeyValues<TElement> : IDeviceKeyValues
    where TElement : unmanaged, IFloatFormat<TElement>
{
    public static int Together => 1;

    public static void Store(DevicePages pages, long keys, long values, int slot, int channel, DeviceMatrix k, DeviceMatrix v, int token, int column)
    {
        Element(pages, keys, (channel * pages.PageLength) + slot) = TElement.Round(k[token, column]);
        Element(pages, values, (slot * pages.HeadLength) + channel) = TElement.Round(v[token, column]);
    }

    public static float Score(DevicePages pages, long keys, int slot, DeviceMatrix q, QuantizedRows quantized, int token, int column)
    {
        var score = 0f;
        for (var d = 0; d < pages.HeadLength; d++)
        {
            score = DeviceMath.Fma(TElement.Value(Element(pages, keys, (d * pages.PageLength) + slot)), q[token, column + d], score);
        }

        return score;
    }

    public static int QueryWords(int headLength) => headLength;

    public static int QueryWord(DeviceMatrix q, QuantizedRows quantized, int headLength, int token, int column, int word) =>
        (int)Interop.FloatAsInt(q[token, column + word]);

    public static QueryRows Scores(DevicePages pages, long keys, int slot, ArrayView<Float4> queries)
    {
        QueryRows scores = default;
        for (var d = 0; d < pages.HeadLength; d++)
        {
            scores = scores.Fma(QueryRows.At(queries, d), TElement.Value(Element(pages, keys, (d * pages.PageLength) + slot)));
        }

        return scores;
    }

    public static float Value(DevicePages pages, long values, int slot, int channel) =>
        TElement.Value(Element(pages, values, (slot * pages.HeadLength) + channel));

    private static ref TElement Element(DevicePages pages, long words, int element) =>
        ref pages.Words.SubView(words).Cast<TElement>()[element];
}
