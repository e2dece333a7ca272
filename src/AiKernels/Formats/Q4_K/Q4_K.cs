using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AiKernels.Formats;

/// <summary>
/// 256 codes of 4 bits in 8 groups of 32, each group with a scale and a minimum of 6 bits, under two half-precision
/// scales. Layout: <c>block_q4_K</c> in ggml-common.h, 144 bytes; each 32 code bytes hold one group in their low and the
/// next in their high nibbles.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
public unsafe partial struct Q4_K : IBlockFormat<Q4_K>
{
    private ushort _scale;
    private ushort _minimumScale;
    private fixed byte _groupFactors[12];
    private fixed byte _codes[128];

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q4_K;

    /// <inheritdoc/>
    public static int Length => 256;

    /// <inheritdoc/>
    public static int SegmentLength => 256;

    /// <inheritdoc/>
    public static int GroupLength => 32;

    /// <inheritdoc/>
    public static int CodeBits => 4;

    /// <inheritdoc/>
    public static int CodeOffset => 0;

    /// <inheritdoc/>
    public static int FactorBits => 6;

    /// <inheritdoc/>
    public static bool HasMinimum => true;

    /// <inheritdoc/>
    public static int Quant(in Q4_K block, int i) =>
        (block._codes[((i >> 6) << 5) + (i & 31)] >> (((i >> 5) & 1) * 4)) & 15;

    /// <inheritdoc/>
    public static Vector256<byte> Codes(in Q4_K block, int i) =>
        (Vector256.LoadUnsafe(in block._codes[(i >> 6) << 5]) >> (((i >> 5) & 1) * 4)) & Vector256.Create((byte)15);

    /// <inheritdoc/>
    /// <remarks>Groups 0-3 have bytes of their own; groups 4-7 split theirs: 4 low bits in bytes 8-11, 2 high bits on top of bytes 0-3.</remarks>
    public static int GroupScale(in Q4_K block, int group) => group < 4
        ? block._groupFactors[group] & 63
        : (block._groupFactors[group + 4] & 15) | ((block._groupFactors[group - 4] >> 6) << 4);

    /// <inheritdoc/>
    /// <remarks>As the scales, four bytes on and in the high nibbles.</remarks>
    public static int GroupMinimum(in Q4_K block, int group) => group < 4
        ? block._groupFactors[group + 4] & 63
        : (block._groupFactors[group + 4] >> 4) | ((block._groupFactors[group] >> 6) << 4);

    /// <inheritdoc/>
    public static float Scale(in Q4_K block, int segment) => HalfBits.ToFloat(block._scale);

    /// <inheritdoc/>
    public static float MinimumScale(in Q4_K block, int segment) => HalfBits.ToFloat(block._minimumScale);
}
