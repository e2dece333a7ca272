using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AiKernels.Formats;

/// <summary>
/// 256 codes of 6 bits, offset 32, in 16 groups of 16 with signed byte scales, under one half-precision scale. Layout:
/// <c>block_q6_K</c> in ggml-common.h, 210 bytes: for each half of 128 codes, 64 bytes of low nibbles (codes 0-63, then
/// 64-127 in the high nibbles) and 32 bytes of high bit pairs (codes i, i + 32, i + 64, i + 96 in byte i).
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
public unsafe struct Q6_K : IBlockFormat<Q6_K>
{
    private fixed byte _lowBits[128];
    private fixed byte _highBits[64];
    private fixed sbyte _groupScales[16];
    private ushort _scale;

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q6_K;

    /// <inheritdoc/>
    public static int Length => 256;

    /// <inheritdoc/>
    public static int SegmentLength => 256;

    /// <inheritdoc/>
    public static int GroupLength => 16;

    /// <inheritdoc/>
    public static int CodeBits => 6;

    /// <inheritdoc/>
    public static int CodeOffset => 32;

    /// <inheritdoc/>
    public static bool HasMinimum => false;

    /// <inheritdoc/>
    public static int Quant(in Q6_K block, int i)
    {
        var (lowByte, lowShift, highByte, highShift) = Place(i);
        var low = (block._lowBits[lowByte] >> lowShift) & 15;
        var high = (block._highBits[highByte] >> highShift) & 3;
        return (low | (high << 4)) - 32;
    }

    /// <inheritdoc/>
    public static Vector256<byte> Codes(in Q6_K block, int i)
    {
        var (lowByte, lowShift, highByte, highShift) = Place(i);
        var low = (Vector256.LoadUnsafe(in block._lowBits[lowByte]) >> lowShift) & Vector256.Create((byte)15);
        var high = (Vector256.LoadUnsafe(in block._highBits[highByte]) >> highShift) & Vector256.Create((byte)3);
        return low | (high << 4);
    }

    /// <inheritdoc/>
    public static int GroupScale(in Q6_K block, int group) => block._groupScales[group];

    /// <inheritdoc/>
    public static int GroupMinimum(in Q6_K block, int group) => 0;

    /// <inheritdoc/>
    public static float Scale(in Q6_K block, int segment) => HalfBits.ToFloat(block._scale);

    /// <inheritdoc/>
    public static float MinimumScale(in Q6_K block, int segment) => 0;

    /// <inheritdoc/>
    /// <remarks>
    /// Each group gets the signed scale of least squared error; the one of largest magnitude is rounded to -128, the
    /// others in proportion, and the codes chosen for the rounded scales.
    /// </remarks>
    public static Q6_K Quantize(ReadOnlySpan<float> values)
    {
        var scales = stackalloc float[16];
        var extreme = 0f;
        for (var g = 0; g < 16; g++)
        {
            scales[g] = Quantization.BestSymmetricScale(values.Slice(g * 16, 16), 32);
            extreme = MathF.Abs(scales[g]) > MathF.Abs(extreme) ? scales[g] : extreme;
        }

        var block = new Q6_K { _scale = HalfBits.FromFloat(extreme / -128) };
        var toBytes = extreme == 0 ? 0 : -128 / extreme;
        for (var g = 0; g < 16; g++)
        {
            block._groupScales[g] = (sbyte)Quantization.Nearest(scales[g] * toBytes, -128, 127);
        }

        for (var i = 0; i < 256; i++)
        {
            var scale = Scale(block, 0) * block._groupScales[i >> 4];
            var inverse = scale == 0 ? 0 : 1 / scale;
            SetCode(ref block, i, Quantization.Nearest(values[i] * inverse, -32, 31) + 32);
        }

        return block;
    }

    private static void SetCode(ref Q6_K block, int i, int code)
    {
        var (lowByte, lowShift, highByte, highShift) = Place(i);
        block._lowBits[lowByte] |= (byte)((code & 15) << lowShift);
        block._highBits[highByte] |= (byte)((code >> 4) << highShift);
    }

    private static (int LowByte, int LowShift, int HighByte, int HighShift) Place(int i)
    {
        int half = i >> 7, j = i & 127;
        return ((half << 6) + (j & 63), (j >> 6) * 4, (half << 5) + (j & 31), (j >> 5) * 2);
    }
}
