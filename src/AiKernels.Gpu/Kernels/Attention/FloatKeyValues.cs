using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>Keys [D,P] and values [P,D] as floats of a format.</summary>
/// <typeparam name="TElement">The format.</typeparam>
internal readonly struct FloatKeyValues<TElement> : IDeviceKeyValues
    where TElement : unmanaged, IFloatFormat<TElement>
{
    public static int Together => 1;

    public static int HeadWords(int headLength, int pageLength) => (int)(TElement.Type.RowBytes((long)headLength * pageLength) / sizeof(int));

    public static void Store(DevicePages pages, long keys, long values, int slot, int channel, DeviceMatrix k, DeviceMatrix v, int token, int column)
    {
        Element(pages, keys, (channel * pages.PageLength) + slot) = TElement.Round(k[token, column]);
        Element(pages, values, (slot * pages.HeadLength) + channel) = TElement.Round(v[token, column]);
    }

    public static void Read(DevicePages pages, long first, bool isKey, int slot, int channel, ArrayView<int> image, int unit) =>
        image.Cast<TElement>()[unit] = Element(pages, first, Place(pages, isKey, slot, channel));

    public static void Write(DevicePages pages, long first, bool isKey, int slot, int channel, ArrayView<int> image, int unit) =>
        Element(pages, first, Place(pages, isKey, slot, channel)) = image.Cast<TElement>()[unit];

    public static int QueryWords(int headLength) => headLength;

    public static int QueryWord(DeviceMatrix q, QuantizedRows quantized, int headLength, int token, int column, int word) =>
        (int)Interop.FloatAsInt(q[token, column + word]);

    public static Sixteen Scores(DevicePages pages, long keys, int slot, ArrayView<Float4> queries)
    {
        Sixteen scores = default;
        var d = 0;
        for (; d <= pages.HeadLength - Sixteen.Count; d += Sixteen.Count)
        {
            // Sixteen at once, so that they are on their way together: ILGPU keeps the order of loads and uses.
            scores = scores.Fma(queries, d, Load(pages, keys, (d * pages.PageLength) + slot, pages.PageLength));
        }

        for (; d < pages.HeadLength; d++)
        {
            scores = scores.Fma(Sixteen.At(queries, d), TElement.Value(Element(pages, keys, (d * pages.PageLength) + slot)));
        }

        return scores;
    }

    public static float Value(DevicePages pages, long values, int slot, int channel) =>
        TElement.Value(Element(pages, values, (slot * pages.HeadLength) + channel));

    public static Sixteen Values(DevicePages pages, long values, int slot, int channel) =>
        Load(pages, values, (slot * pages.HeadLength) + channel, pages.HeadLength);

    private static Sixteen Load(DevicePages pages, long words, int first, int stride) => new()
    {
        A = LoadFour(pages, words, first, stride),
        B = LoadFour(pages, words, first + (4 * stride), stride),
        C = LoadFour(pages, words, first + (8 * stride), stride),
        D = LoadFour(pages, words, first + (12 * stride), stride),
    };

    private static Float4 LoadFour(DevicePages pages, long words, int first, int stride) => new()
    {
        X = TElement.Value(Element(pages, words, first)),
        Y = TElement.Value(Element(pages, words, first + stride)),
        Z = TElement.Value(Element(pages, words, first + (2 * stride))),
        W = TElement.Value(Element(pages, words, first + (3 * stride))),
    };

    private static int Place(DevicePages pages, bool isKey, int slot, int channel) =>
        isKey ? (channel * pages.PageLength) + slot : (slot * pages.HeadLength) + channel;

    private static ref TElement Element(DevicePages pages, long words, int element) =>
        ref pages.Words.SubView(words).Cast<TElement>()[element];
}
