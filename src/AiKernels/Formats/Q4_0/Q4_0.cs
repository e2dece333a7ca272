using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AiKernels.Formats;

/// <summary>
/// 32 codes of 4 bits, offset 8, under one half-precision scale. Layout: <c>block_q4_0</c> in ggml-common.h, 18 bytes;
/// byte j holds code j in its low and code j + 16 in its high nibble.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
public unsafe struct Q4_0 : ICacheBlock<Q4_0>
{
    private ushort _scale;
    private fixed byte _codes[16];

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q4_0;

    /// <inheritdoc/>
    public static int Length => 32;

    /// <inheritdoc/>
    public static int SegmentLength => 32;

    /// <inheritdoc/>
    public static int GroupLength => 32;

    /// <inheritdoc/>
    public static int CodeBits => 4;

    /// <inheritdoc/>
    public static int CodeOffset => 8;

    /// <inheritdoc/>
    public static bool HasMinimum => false;

    /// <inheritdoc/>
    public static int Quant(in Q4_0 block, int i) => ((block._codes[i & 15] >> ((i >> 4) * 4)) & 15) - 8;

    /// <inheritdoc/>
    public static Vector256<byte> Codes(in Q4_0 block, int i)
    {
        var pairs = Vector128.LoadUnsafe(in block._codes[0]);
        return Vector256.Create(pairs & Vector128.Create((byte)15), pairs >> 4);
    }

    /// <inheritdoc/>
    public static int GroupScale(in Q4_0 block, int group) => 1;

    /// <inheritdoc/>
    public static int GroupMinimum(in Q4_0 block, int group) => 0;

    /// <inheritdoc/>
    public static float Scale(in Q4_0 block, int segment) => HalfBits.ToFloat(block._scale);

    /// <inheritdoc/>
    public static float MinimumScale(in Q4_0 block, int segment) => 0;

    /// <inheritdoc/>
    public static int Lowest => -8;

    /// <inheritdoc/>
    public static int Highest => 7;

    /// <summary>The number of largest magnitude, with its sign, the first one of equals; never NaN.</summary>
    public static float Extreme(float extreme, float value) => MathF.Abs(value) > MathF.Abs(extreme) ? value : extreme;

    /// <inheritdoc/>
    /// <remarks>It maps the extreme to -8: the one integer without a mirror.</remarks>
    public static float ScaleOf(float extreme) => extreme / -8;

    /// <inheritdoc/>
    public static ushort ScaleBits(in Q4_0 block) => block._scale;

    /// <inheritdoc/>
    public static Q4_0 FromCodes(Vector256<byte> codes, ushort scaleBits)
    {
        var block = new Q4_0 { _scale = scaleBits };
        (codes.GetLower() | (codes.GetUpper() << 4)).StoreUnsafe(ref block._codes[0]);
        return block;
    }

    /// <inheritdoc/>
    public static Q4_0 Quantize(ReadOnlySpan<float> values)
    {
        var (scale, inverse) = Quantization.SymmetricScale<Q4_0>(values);
        var block = new Q4_0 { _scale = HalfBits.FromFloat(scale) };
        for (var i = 0; i < 32; i++)
        {
            var code = Quantization.Nearest(values[i] * inverse, Lowest, Highest) + CodeOffset;
            block._codes[i & 15] |= (byte)(code << ((i >> 4) * 4));
        }

        return block;
    }
}
