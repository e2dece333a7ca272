using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>
/// Keys and values in blocks of 32 codes of 8 or 4 bits. A block is 8 or 4 words: of 8 bits the i-th has codes 4 i to 4 i + 3,
/// of 4 bits the same in the low halves of its bytes, and in the high ones codes 16 later. Keys are words [D / 32 blocks][P],
/// then scales [D / 32][P]; values words [P][D / 32 blocks], then scales [P][D / 32]. A scale takes a word, half of it unused.
/// </summary>
/// <typeparam name="TBlock">The format.</typeparam>
internal readonly struct QuantizedKeyValues<TBlock> : IDeviceKeyValues
    where TBlock : unmanaged, ICacheBlock<TBlock>
{
    private const int BlockLength = 32, WordCodes = 4, NibblesApart = 16;
    private const int LowHalves = 0x0F0F0F0F, Ones = 0x01010101, Tops = unchecked((int)0x80808080);

    public static int Together => BlockLength;

    private static int BlockWords => TBlock.CodeBits;

    // A stored block is a scale, then codes: four words of a device's are the 16 bytes of 4-bit codes as they are stored, too.
    private static int BlockHalves => 1 + (2 * BlockWords);

    private static bool HasNibbles => TBlock.CodeBits == 4;

    public static int HeadWords(int headLength, int pageLength) => pageLength * (headLength / BlockLength) * (BlockWords + 1);

    public static void Store(DevicePages pages, long keys, long values, int slot, int channel, DeviceMatrix k, DeviceMatrix v, int token, int column)
    {
        var (keyScale, valueScale) = (ScaleOf(k, token, column), ScaleOf(v, token, column));
        pages.Words[KeyScale(pages, keys, slot, channel)] = HalfBits.FromFloat(keyScale);
        pages.Words[ValueScale(pages, values, slot, channel)] = HalfBits.FromFloat(valueScale);
        for (var i = 0; i < BlockWords; i++)
        {
            pages.Words[KeyCodes(pages, keys, slot, channel, i)] = Word(k, token, column + (i * WordCodes), keyScale);
            pages.Words[ValueCodes(pages, values, slot, channel, i)] = Word(v, token, column + (i * WordCodes), valueScale);
        }
    }

    public static void Read(DevicePages pages, long first, bool isKey, int slot, int channel, ArrayView<int> image, int unit)
    {
        var halves = image.Cast<ushort>().SubView(unit * BlockHalves, BlockHalves);
        halves[0] = (ushort)pages.Words[Scale(pages, first, isKey, slot, channel)];
        for (var i = 0; i < BlockWords; i++)
        {
            var codes = pages.Words[Codes(pages, first, isKey, slot, channel, i)];
            halves[1 + (2 * i)] = (ushort)codes;
            halves[2 + (2 * i)] = (ushort)(codes >> 16);
        }
    }

    public static void Write(DevicePages pages, long first, bool isKey, int slot, int channel, ArrayView<int> image, int unit)
    {
        var halves = image.Cast<ushort>().SubView(unit * BlockHalves, BlockHalves);
        pages.Words[Scale(pages, first, isKey, slot, channel)] = halves[0];
        for (var i = 0; i < BlockWords; i++)
        {
            int low = halves[1 + (2 * i)], high = halves[2 + (2 * i)];
            pages.Words[Codes(pages, first, isKey, slot, channel, i)] = (low & 0xFFFF) | (high << 16);
        }
    }

    public static int QueryWords(int headLength) => (headLength / WordCodes) + (headLength / BlockLength);

    /// <summary>Codes, then scales.</summary>
    public static int QueryWord(DeviceMatrix q, QuantizedRows quantized, int headLength, int token, int column, int word)
    {
        var codes = headLength / WordCodes;
        return word < codes
            ? quantized.Codes(token, (column / WordCodes) + word)
            : (int)Interop.FloatAsInt(quantized.Scale(token, (column / BlockLength) + word - codes));
    }

    public static Sixteen Scores(DevicePages pages, long keys, int slot, ArrayView<Float4> queries)
    {
        Sixteen scores = default;
        var (codes, scales) = (queries.Cast<Int4>(), pages.HeadLength / WordCodes);
        for (var d = 0; d < pages.HeadLength; d += BlockLength)
        {
            // The block's words and scale before their first use, so that they are on their way together.
            var low = LoadFour(pages, keys, slot, d, 0);
            var high = HasNibbles ? low >> 4 : LoadFour(pages, keys, slot, d, 4);
            var scale = HalfBits.ToFloat((ushort)pages.Words[KeyScale(pages, keys, slot, d)]);
            SixteenIntegers products = default;
            products = products.Add(codes, d / WordCodes, Quants(low)).Add(codes, (d / WordCodes) + 4, Quants(high));
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
        var i = channel & (BlockLength - 1);
        var word = pages.Words[ValueCodes(pages, values, slot, channel, (i / WordCodes) & (BlockWords - 1))];
        var quant = HasNibbles
            ? ((word >> ((8 * (i & (WordCodes - 1))) + (i / NibblesApart * 4))) & 15) - TBlock.CodeOffset
            : DeviceMath.Byte(word, i & (WordCodes - 1));
        return DeviceMath.Multiply(HalfBits.ToFloat((ushort)pages.Words[ValueScale(pages, values, slot, channel)]), quant);
    }

    private static Float4 FourValues(DevicePages pages, long values, int slot, int channel) => new()
    {
        X = Value(pages, values, slot, channel),
        Y = Value(pages, values, slot + 1, channel),
        Z = Value(pages, values, slot + 2, channel),
        W = Value(pages, values, slot + 3, channel),
    };

    /// <summary>Four words of a block of a key, from one on.</summary>
    private static Int4 LoadFour(DevicePages pages, long keys, int slot, int channel, int word) => new()
    {
        X = pages.Words[KeyCodes(pages, keys, slot, channel, word)],
        Y = pages.Words[KeyCodes(pages, keys, slot, channel, word + 1)],
        Z = pages.Words[KeyCodes(pages, keys, slot, channel, word + 2)],
        W = pages.Words[KeyCodes(pages, keys, slot, channel, word + 3)],
    };

    private static long Codes(DevicePages pages, long first, bool isKey, int slot, int channel, int word) =>
        isKey ? KeyCodes(pages, first, slot, channel, word) : ValueCodes(pages, first, slot, channel, word);

    private static long Scale(DevicePages pages, long first, bool isKey, int slot, int channel) =>
        isKey ? KeyScale(pages, first, slot, channel) : ValueScale(pages, first, slot, channel);

    private static long KeyCodes(DevicePages pages, long keys, int slot, int channel, int word) =>
        keys + (((channel / BlockLength * BlockWords) + word) * pages.PageLength) + slot;

    private static long KeyScale(DevicePages pages, long keys, int slot, int channel) =>
        keys + (((pages.HeadLength / BlockLength * BlockWords) + (channel / BlockLength)) * pages.PageLength) + slot;

    private static long ValueCodes(DevicePages pages, long values, int slot, int channel, int word) =>
        values + (((slot * pages.HeadLength) + channel) / BlockLength * BlockWords) + word;

    private static long ValueScale(DevicePages pages, long values, int slot, int channel) =>
        values + (pages.PageLength * pages.HeadLength / BlockLength * BlockWords) + (((slot * pages.HeadLength) + channel) / BlockLength);

    /// <summary>Four integers a word, as signed bytes.</summary>
    private static Int4 Quants(Int4 words) => HasNibbles
        ? new() { X = Quants(words.X), Y = Quants(words.Y), Z = Quants(words.Z), W = Quants(words.W) }
        : words;

    /// <summary>Codes of 4 bits less the offset: the bytes' topmost bits keep them from borrowing of each other.</summary>
    private static int Quants(int word) => (((word & LowHalves) | Tops) - (TBlock.CodeOffset * Ones)) ^ Tops;

    private static float ScaleOf(DeviceMatrix x, int token, int column)
    {
        var extreme = 0f;
        for (var i = 0; i < BlockLength; i++)
        {
            extreme = TBlock.Extreme(extreme, x[token, column + i]);
        }

        return TBlock.ScaleOf(extreme);
    }

    /// <summary>A word of codes, those of four numbers, or of them and of four that are 16 later.</summary>
    private static int Word(DeviceMatrix x, int token, int column, float scale)
    {
        var inverse = scale == 0 ? 0 : 1 / scale;
        var codes = Codes(x, token, column, inverse);
        return HasNibbles ? codes | (Codes(x, token, column + NibblesApart, inverse) << 4) : codes;
    }

    private static int Codes(DeviceMatrix x, int token, int column, float inverse) => DeviceMath.Bytes(
        Code(x[token, column], inverse),
        Code(x[token, column + 1], inverse),
        Code(x[token, column + 2], inverse),
        Code(x[token, column + 3], inverse));

    /// <summary>As <see cref="Quantization.Nearest"/> rounds: NaN becomes the lowest.</summary>
    private static int Code(float x, float inverse)
    {
        var nearest = DeviceMath.Round(DeviceMath.Multiply(x, inverse));
        return (nearest > TBlock.Highest ? TBlock.Highest : nearest > TBlock.Lowest ? (int)nearest : TBlock.Lowest) + TBlock.CodeOffset;
    }
}
