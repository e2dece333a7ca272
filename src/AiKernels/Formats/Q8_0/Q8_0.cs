using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AiKernels.Formats;

/// <summary>32 signed bytes under one half-precision scale. Layout: <c>block_q8_0</c> in ggml-common.h, 34 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
public unsafe struct Q8_0 : ICacheBlock<Q8_0>
{
    private ushort _scale;
    private fixed sbyte _quants[32];

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q8_0;

    /// <inheritdoc/>
    public static int Length => 32;

    /// <inheritdoc/>
    public static int SegmentLength => 32;

    /// <inheritdoc/>
    public static int GroupLength => 32;

    /// <inheritdoc/>
    public static int CodeBits => 8;

    /// <inheritdoc/>
    public static int CodeOffset => 0;

    /// <inheritdoc/>
    public static bool HasMinimum => false;

    /// <inheritdoc/>
    public static int Quant(in Q8_0 block, int i) => block._quants[i];

    /// <inheritdoc/>
    public static Vector256<byte> Codes(in Q8_0 block, int i) => Vector256.LoadUnsafe(in block._quants[i]).AsByte();

    /// <inheritdoc/>
    public static int GroupScale(in Q8_0 block, int group) => 1;

    /// <inheritdoc/>
    public static int GroupMinimum(in Q8_0 block, int group) => 0;

    /// <inheritdoc/>
    public static float Scale(in Q8_0 block, int segment) => HalfBits.ToFloat(block._scale);

    /// <inheritdoc/>
    public static float MinimumScale(in Q8_0 block, int segment) => 0;

    /// <inheritdoc/>
    public static int Lowest => -127;

    /// <inheritdoc/>
    public static int Highest => 127;

    /// <summary>The largest magnitude; NaN if any number is.</summary>
    public static float Extreme(float extreme, float value)
    {
        var magnitude = MathF.Abs(value);
        return magnitude > extreme || float.IsNaN(magnitude) ? magnitude : extreme;
    }

    /// <inheritdoc/>
    /// <remarks>It maps the largest magnitude to 127.</remarks>
    public static float ScaleOf(float extreme) => extreme / 127;

    /// <inheritdoc/>
    public static ushort ScaleBits(in Q8_0 block) => block._scale;

    /// <inheritdoc/>
    public static Q8_0 FromCodes(Vector256<byte> codes, ushort scaleBits)
    {
        var block = new Q8_0 { _scale = scaleBits };
        codes.AsSByte().StoreUnsafe(ref block._quants[0]);
        return block;
    }

    /// <inheritdoc/>
    public static Q8_0 Quantize(ReadOnlySpan<float> values)
    {
        var (scale, inverse) = Quantization.SymmetricScale<Q8_0>(values);
        var block = new Q8_0 { _scale = HalfBits.FromFloat(scale) };
        for (var i = 0; i < 32; i++)
        {
            block._quants[i] = (sbyte)Quantization.Nearest(values[i] * inverse, Lowest, Highest);
        }

        return block;
    }
}
