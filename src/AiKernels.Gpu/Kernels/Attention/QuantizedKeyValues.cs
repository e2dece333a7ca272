using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>
/// Keys and values in Q8_0: keys as words of four channels [D / 4][P], then scales [D / 32][P]; values as words [P][D / 4],
/// then scales [P][D / 32]. A scale takes a word, half of it unused.
/// </summary>
internal readonly struct QuantizedKeyValues : IDeviceKeyValues
{
    private const int WordLength = 4;

    // A stored block is a scale and 32 codes of a byte.
    private const int BlockHalves = 17;

    public static int Together => BlockLength;

    private static int BlockLength => Q8_0.Length;

    /// <summary>Words of a head's keys, or values, in a page.</summary>
    public static int HeadWords(int headLength, int pageLength) => pageLength * ((headLength / WordLength) + (headLength / BlockLength));

    public static void Store(DevicePages pages, long keys, long values, int slot, int channel, DeviceMatrix k, DeviceMatrix v, int token, int column)
    {
        var (keyScale, valueScale) = (ScaleOf(k, token, column), ScaleOf(v, token, column));
        pages.Words[KeyScale(pages, keys, slot, channel)] = HalfBits.FromFloat(keyScale);
        pages.Words[ValueScale(pages, values, slot, channel)] = HalfBits.FromFloat(valueScale);
        for (var i = 0; i < BlockLength; i += WordLength)
        {
            pages.Words[KeyCodes(pages, keys, slot, channel + i)] = Codes(k, token, column + i, keyScale);
            pages.Words[ValueCodes(pages, values, slot, channel + i)] = Codes(v, token, column + i, valueScale);
        }
    }

    public static void Read(DevicePages pages, long first, bool isKey, int slot, int channel, ArrayView<int> image, int unit)
    {
        var halves = image.Cast<ushort>().SubView(unit * BlockHalves, BlockHalves);
        halves[0] = (ushort)pages.Words[isKey ? KeyScale(pages, first, slot, channel) : ValueScale(pages, first, slot, channel)];
        for (var i = 0; i < BlockLength / WordLength; i++)
        {
            var codes = pages.Words[Codes(pages, first, isKey, slot, channel + (i * WordLength))];
            halves[1 + (2 * i)] = (ushort)codes;
            halves[2 + (2 * i)] = (ushort)(codes >> 16);
        }
    }

    public static void Write(DevicePages pages, long first, bool isKey, int slot, int channel, ArrayView<int> image, int unit)
    {
        var halves = image.Cast<ushort>().SubView(unit * BlockHalves, BlockHalves);
        pages.Words[isKey ? KeyScale(pages, first, slot, channel) : ValueScale(pages, first, slot, channel)] = halves[0];
        for (var i = 0; i < BlockLength / WordLength; i++)
        {
            int low = halves[1 + (2 * i)], high = halves[2 + (2 * i)];
            pages.Words[Codes(pages, first, isKey, slot, channel + (i * WordLength))] = (low & 0xFFFF) | (high << 16);
        }
    }

    public static int QueryWords(int headLength) => (headLength / WordLength) + (headLength / BlockLength);

    /// <summary>Codes, then scales.</summary>
    public static int QueryWord(DeviceMatrix q, QuantizedRows quantized, int headLength, int token, int column, int word)
    {
        var codes = headLength / WordLength;
        return word < codes
            ? quantized.Codes(token, (column / WordLength) + word)
            : (int)Interop.FloatAsInt(quantized.Scale(token, (column / BlockLength) + word - codes));
    }

    public static Sixteen Scores(DevicePages pages, long keys, int slot, ArrayView<Float4> queries)
    {
        Sixteen scores = default;
        var (codes, scales) = (queries.Cast<Int4>(), pages.HeadLength / WordLength);
        for (var d = 0; d < pages.HeadLength; d += BlockLength)
        {
            // The block's words and scale before their first use, so that they are on their way together.
            var (low, high) = (LoadFour(pages, keys, slot, d), LoadFour(pages, keys, slot, d + (4 * WordLength)));
            var scale = HalfBits.ToFloat((ushort)pages.Words[KeyScale(pages, keys, slot, d)]);
            SixteenIntegers products = default;
            products = products.Add(codes, d / WordLength, low).Add(codes, (d / WordLength) + 4, high);
            scores = products.Scaled(Sixteen.At(queries, scales + (d / BlockLength)), scale, scores);
        }

        return scores;
    }

    public static Sixteen Values(DevicePages pages, long values, int slot, int channel) => new()
    {
        A = FourValues(pages, values, slot, channel),
        B = FourValues(pages, values, slot + 4, channel),
        C = FourValues(pages, values, slot + 8, channel),
        D = FourValues(pages, values, slot + 12, channel),
    };

    public static float Value(DevicePages pages, long values, int slot, int channel)
    {
        var code = DeviceMath.Byte(pages.Words[ValueCodes(pages, values, slot, channel)], channel & (WordLength - 1));
        return DeviceMath.Multiply(HalfBits.ToFloat((ushort)pages.Words[ValueScale(pages, values, slot, channel)]), code);
    }

    private static Float4 FourValues(DevicePages pages, long values, int slot, int channel) => new()
    {
        X = Value(pages, values, slot, channel),
        Y = Value(pages, values, slot + 1, channel),
        Z = Value(pages, values, slot + 2, channel),
        W = Value(pages, values, slot + 3, channel),
    };

    private static Int4 LoadFour(DevicePages pages, long keys, int slot, int channel) => new()
    {
        X = pages.Words[KeyCodes(pages, keys, slot, channel)],
        Y = pages.Words[KeyCodes(pages, keys, slot, channel + WordLength)],
        Z = pages.Words[KeyCodes(pages, keys, slot, channel + (2 * WordLength))],
        W = pages.Words[KeyCodes(pages, keys, slot, channel + (3 * WordLength))],
    };

    private static long Codes(DevicePages pages, long first, bool isKey, int slot, int channel) =>
        isKey ? KeyCodes(pages, first, slot, channel) : ValueCodes(pages, first, slot, channel);

    private static long KeyCodes(DevicePages pages, long keys, int slot, int channel) => keys + (channel / WordLength * pages.PageLength) + slot;

    private static long KeyScale(DevicePages pages, long keys, int slot, int channel) =>
        keys + (((pages.HeadLength / WordLength) + (channel / BlockLength)) * pages.PageLength) + slot;

    private static long ValueCodes(DevicePages pages, long values, int slot, int channel) =>
        values + ((slot * pages.HeadLength) + channel) / WordLength;

    private static long ValueScale(DevicePages pages, long values, int slot, int channel) =>
        values + (pages.PageLength * pages.HeadLength / WordLength) + ((slot * pages.HeadLength) + channel) / BlockLength;

    /// <summary>amax / 127 of a block, as <see cref="Q8_0.Quantize"/> has it.</summary>
    private static float ScaleOf(DeviceMatrix x, int token, int column)
    {
        var largest = 0f;
        for (var i = 0; i < BlockLength; i++)
        {
            var magnitude = MathF.Abs(x[token, column + i]);
            largest = magnitude > largest || float.IsNaN(magnitude) ? magnitude : largest;
        }

        return largest / 127;
    }

    private static int Codes(DeviceMatrix x, int token, int column, float scale)
    {
        var inverse = scale == 0 ? 0 : 1 / scale;
        return (Code(x[token, column], inverse) & 255) | ((Code(x[token, column + 1], inverse) & 255) << 8)
            | ((Code(x[token, column + 2], inverse) & 255) << 16) | (Code(x[token, column + 3], inverse) << 24);
    }

    /// <summary>As <see cref="Quantization.Nearest"/> rounds: NaN becomes the lowest.</summary>
    private static int Code(float x, float inverse)
    {
        var nearest = DeviceMath.Round(DeviceMath.Multiply(x, inverse));
        return nearest > 127 ? 127 : nearest > -127 ? (int)nearest : -127;
    }
}
