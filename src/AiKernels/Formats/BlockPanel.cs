using System.Runtime.CompilerServices;

namespace AiKernels.Formats;

/// <summary>
/// The packed layout of a quantized format. A segment of a panel is, in this order:
/// <code>
/// codes     for each chunk of 32 inputs, its bit planes (each [steps / steps per byte][16 rows][4 inputs]):
///             4-bit plane, byte j: step 2j low, step 2j + 1 high      (CodeBits 4 to 6)
///             2-bit plane, byte j: steps 4j to 4j + 3 from the low end (CodeBits 2, 3 and 6)
///             1-bit plane: steps 0 to 7 from the low end               (CodeBits 1, 3 and 5)
///             8-bit plane: one signed byte a code                      (CodeBits 8)
/// factors   [groups][16 rows] signed bytes, group scales   (only if a segment has several groups)
/// minima    [groups][16 rows] signed bytes, group minima   (only with minima, and several groups)
/// scales    [16 rows] half precision
/// minimum scales [16 rows] half precision                  (only with minima)
/// </code>
/// </summary>
/// <typeparam name="TBlock">The format.</typeparam>
internal static unsafe partial class BlockPanel<TBlock>
    where TBlock : unmanaged, IBlockFormat<TBlock>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int ChunkBytes
    {
        [MethodImpl(Inline)]
        get => PanelLayout.StepBytes * TBlock.CodeBits;
    }

    public static int Groups
    {
        [MethodImpl(Inline)]
        get => TBlock.SegmentLength / TBlock.GroupLength;
    }

    public static bool HasGroupFactors
    {
        [MethodImpl(Inline)]
        get => Groups > 1;
    }

    public static int FactorOffset
    {
        [MethodImpl(Inline)]
        get => TBlock.SegmentLength / PanelLayout.Chunk * ChunkBytes;
    }

    public static int MinimumOffset
    {
        [MethodImpl(Inline)]
        get => FactorOffset + (HasGroupFactors ? Groups * PanelLayout.Rows : 0);
    }

    public static int ScaleOffset
    {
        [MethodImpl(Inline)]
        get => MinimumOffset + (HasGroupFactors && TBlock.HasMinimum ? Groups * PanelLayout.Rows : 0);
    }

    public static int MinimumScaleOffset
    {
        [MethodImpl(Inline)]
        get => ScaleOffset + (PanelLayout.Rows * sizeof(ushort));
    }

    public static int SegmentBytes
    {
        [MethodImpl(Inline)]
        get => MinimumScaleOffset + (TBlock.HasMinimum ? PanelLayout.Rows * sizeof(ushort) : 0);
    }

    /// <summary>Bytes of a panel of <paramref name="columns"/> inputs.</summary>
    public static long Bytes(int columns) => (long)(columns / TBlock.SegmentLength) * SegmentBytes;

    /// <summary>Gives a row back as floats: w [N,K] -> y [K], bit for bit the stored block's values.</summary>
    public static void UnpackRow(byte* panel, int row, int columns, float* destination)
    {
        for (var s = 0; s < columns / TBlock.SegmentLength; s++, panel += SegmentBytes)
        {
            var scale = HalfBits.ToFloat(((ushort*)(panel + ScaleOffset))[row]);
            var minimumScale = TBlock.HasMinimum ? HalfBits.ToFloat(((ushort*)(panel + MinimumScaleOffset))[row]) : 0;
            for (var i = 0; i < TBlock.SegmentLength; i++)
            {
                var factor = i / TBlock.GroupLength * PanelLayout.Rows;
                var groupScale = HasGroupFactors ? ((sbyte*)panel)[FactorOffset + factor + row] : 1;
                var groupMinimum = HasGroupFactors && TBlock.HasMinimum ? ((sbyte*)panel)[MinimumOffset + factor + row] : 1;
                var weight = scale * groupScale * Quant(panel, row, i);
                *destination++ = TBlock.HasMinimum ? weight - (minimumScale * groupMinimum) : weight;
            }
        }
    }

    private static int Quant(byte* packed, int row, int i)
    {
        if (TBlock.CodeBits == 8)
        {
            return (sbyte)packed[PlaneByte(i, row, 8)];
        }

        int code = 0, taken = 0;
        GetBits(ref packed, row, i, 4, ref code, ref taken);
        GetBits(ref packed, row, i, 2, ref code, ref taken);
        GetBits(ref packed, row, i, 1, ref code, ref taken);
        return code - TBlock.CodeOffset;
    }

    [MethodImpl(Inline)]
    private static void GetBits(ref byte* plane, int row, int i, int bits, ref int code, ref int taken)
    {
        if ((TBlock.CodeBits & bits) != 0)
        {
            code |= ((plane[PlaneByte(i, row, bits)] >> PlaneShift(i, bits)) & ((1 << bits) - 1)) << taken;
            plane += bits * PanelLayout.StepBytes;
            taken += bits;
        }
    }

    /// <summary>The byte of input <paramref name="i"/> of the segment within its plane, from the segment's start.</summary>
    [MethodImpl(Inline)]
    private static int PlaneByte(int i, int row, int planeBits)
    {
        int chunk = i / PanelLayout.Chunk, step = i % PanelLayout.Chunk / PanelLayout.Depth;
        var stepsPerByte = 8 / planeBits;
        return (chunk * ChunkBytes) + (step / stepsPerByte * PanelLayout.StepBytes)
            + (row * PanelLayout.Depth) + (i % PanelLayout.Depth);
    }

    [MethodImpl(Inline)]
    private static int PlaneShift(int i, int planeBits) =>
        i % PanelLayout.Chunk / PanelLayout.Depth % (8 / planeBits) * planeBits;
}
