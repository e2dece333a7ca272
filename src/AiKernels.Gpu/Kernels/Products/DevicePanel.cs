using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>
/// Reads packed panels of a quantized format on a device: the bytes are <see cref="BlockPanel{TBlock}"/>'s, in words, so
/// that a weight packed for the processor is uploaded as it is. Sixteen neighbouring threads, one a row, read 64
/// neighbouring bytes.
/// </summary>
/// <typeparam name="TBlock">The format.</typeparam>
internal static class DevicePanel<TBlock>
    where TBlock : unmanaged, IBlockFormat<TBlock>
{
    private const int WordBytes = 4;
    private const int StepWords = PanelLayout.StepBytes / WordBytes;

    /// <summary>Words of a segment of a panel.</summary>
    public static int SegmentWords => BlockPanel<TBlock>.SegmentBytes / WordBytes;

    /// <summary>
    /// Four neighbouring codes of a row, a byte each; Quant is a code less the format's offset.
    /// </summary>
    /// <param name="words">The weight.</param>
    /// <param name="segment">Its segment's first word.</param>
    /// <param name="row">Of the panel's 16.</param>
    /// <param name="step">Which four of the segment.</param>
    public static int Codes(ArrayView<int> words, long segment, int row, int step)
    {
        const int stepsPerChunk = PanelLayout.Chunk / PanelLayout.Depth;
        var plane = segment + ((step >> 3) * (BlockPanel<TBlock>.ChunkBytes / WordBytes)) + row;
        step &= stepsPerChunk - 1; // A remainder would be a division: the assembler doesn't know that nothing is negative.
        if (TBlock.CodeBits == 8)
        {
            return words[plane + (step * StepWords)];
        }

        // Planes follow each other from the widest, which holds the codes' low bits, to the narrowest.
        var (codes, taken) = (0, 0);
        if ((TBlock.CodeBits & 4) != 0)
        {
            codes = (words[plane + ((step >> 1) * StepWords)] >> ((step & 1) * 4)) & 0x0F0F0F0F;
            plane += 4 * StepWords;
            taken = 4;
        }

        if ((TBlock.CodeBits & 2) != 0)
        {
            codes |= ((words[plane + ((step >> 2) * StepWords)] >> ((step & 3) * 2)) & 0x03030303) << taken;
            plane += 2 * StepWords;
            taken += 2;
        }

        if ((TBlock.CodeBits & 1) != 0)
        {
            codes |= ((words[plane] >> step) & 0x01010101) << taken;
        }

        return codes;
    }

    /// <summary>A group's integer factor, 1 if the segment has one group.</summary>
    public static int GroupScale(ArrayView<int> words, long segment, int row, int group) =>
        BlockPanel<TBlock>.HasGroupFactors ? Byte(words, segment, BlockPanel<TBlock>.FactorOffset + (group * PanelLayout.Rows) + row) : 1;

    /// <summary>A group's integer minimum, 1 if the segment has one group; only of formats with minima.</summary>
    public static int GroupMinimum(ArrayView<int> words, long segment, int row, int group) =>
        BlockPanel<TBlock>.HasGroupFactors ? Byte(words, segment, BlockPanel<TBlock>.MinimumOffset + (group * PanelLayout.Rows) + row) : 1;

    /// <summary>The factors of a group of four neighbouring rows, a byte each.</summary>
    public static int GroupScales(ArrayView<int> words, long segment, int quad, int group) => BlockPanel<TBlock>.HasGroupFactors
        ? words[segment + (((BlockPanel<TBlock>.FactorOffset + (group * PanelLayout.Rows)) / WordBytes) + quad)]
        : 0x01010101;

    /// <summary>The minima of a group of four neighbouring rows, a byte each; only of formats with minima.</summary>
    public static int GroupMinima(ArrayView<int> words, long segment, int quad, int group) => BlockPanel<TBlock>.HasGroupFactors
        ? words[segment + (((BlockPanel<TBlock>.MinimumOffset + (group * PanelLayout.Rows)) / WordBytes) + quad)]
        : 0x01010101;

    public static float Scale(ArrayView<int> words, long segment, int row) => Half(words, segment, BlockPanel<TBlock>.ScaleOffset, row);

    /// <summary>The scale of the segment's minima; only of formats with minima.</summary>
    public static float MinimumScale(ArrayView<int> words, long segment, int row) =>
        Half(words, segment, BlockPanel<TBlock>.MinimumScaleOffset, row);

    /// <summary>The number at <paramref name="i"/> of a segment, by the formula of <see cref="IBlockFormat{TSelf}"/>.</summary>
    public static float Value(ArrayView<int> words, long segment, int row, int i)
    {
        var group = i / TBlock.GroupLength;
        var quant = DeviceMath.Byte(Codes(words, segment, row, i >> 2), i & 3) - TBlock.CodeOffset;
        var scaled = DeviceMath.Multiply(Scale(words, segment, row), GroupScale(words, segment, row, group));
        var weight = DeviceMath.Multiply(scaled, quant);
        return TBlock.HasMinimum
            ? DeviceMath.Add(weight, -DeviceMath.Multiply(MinimumScale(words, segment, row), GroupMinimum(words, segment, row, group)))
            : weight;
    }

    private static int Byte(ArrayView<int> words, long segment, int at) =>
        DeviceMath.Byte(words[segment + (at >> 2)], at & 3);

    private static float Half(ArrayView<int> words, long segment, int at, int row) =>
        HalfBits.ToFloat((ushort)DeviceMath.Half(words[segment + (at / WordBytes) + (row >> 1)], row & 1));
}
