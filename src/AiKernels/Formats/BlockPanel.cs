using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
internal static unsafe class BlockPanel<TBlock>
    where TBlock : unmanaged, IBlockFormat<TBlock>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int PlaneWords = PanelLayout.StepBytes / sizeof(uint);

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

    /// <summary>Packs up to 16 rows of stored blocks into a panel; rows that are missing become zeros.</summary>
    /// <remarks>
    /// Thirty-two codes of a row are a register, and four, which lie side by side in the panel too, a word of it: no code
    /// is handled alone. All rows of a segment follow each other, so that it stays in the nearest cache until it is complete.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(ReadOnlySpan<TBlock> blocks, int rows, int columns, byte* panel)
    {
        if (rows < PanelLayout.Rows)
        {
            NativeMemory.Clear(panel, (nuint)Bytes(columns));
        }

        var blocksPerRow = columns / TBlock.Length;
        for (var b = 0; b < blocksPerRow; b++)
        {
            for (var segment = 0; segment < TBlock.Length / TBlock.SegmentLength; segment++)
            {
                for (var row = 0; row < rows; row++)
                {
                    PackSegment(blocks[(row * blocksPerRow) + b], segment, row, panel);
                }

                panel += SegmentBytes;
            }
        }
    }

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

    [MethodImpl(Inline)]
    private static void PackSegment(in TBlock block, int segment, int row, byte* packed)
    {
        for (var i = 0; i < TBlock.SegmentLength; i += PanelLayout.Chunk)
        {
            var codes = TBlock.Codes(block, (segment * TBlock.SegmentLength) + i);
            PackChunk(codes, (uint*)(packed + (i / PanelLayout.Chunk * ChunkBytes)) + row);
        }

        for (var g = 0; HasGroupFactors && g < Groups; g++)
        {
            var group = (segment * Groups) + g;
            packed[FactorOffset + (g * PanelLayout.Rows) + row] = (byte)TBlock.GroupScale(block, group);
            if (TBlock.HasMinimum)
            {
                packed[MinimumOffset + (g * PanelLayout.Rows) + row] = (byte)TBlock.GroupMinimum(block, group);
            }
        }

        ((ushort*)(packed + ScaleOffset))[row] = HalfBits.FromFloat(TBlock.Scale(block, segment));
        if (TBlock.HasMinimum)
        {
            ((ushort*)(packed + MinimumScaleOffset))[row] = HalfBits.FromFloat(TBlock.MinimumScale(block, segment));
        }
    }

    /// <summary>Packs the eight steps of a row's 32 codes: a word of four codes in each byte of each plane.</summary>
    [MethodImpl(Inline)]
    private static void PackChunk(Vector256<byte> codes, uint* plane)
    {
        if (TBlock.CodeBits == 8)
        {
            PutFour(codes.AsUInt32().GetLower(), plane);
            PutFour(codes.AsUInt32().GetUpper(), plane + (4 * PlaneWords));
            return;
        }

        // Planes follow each other from the widest, which holds the codes' low bits, to the narrowest.
        if ((TBlock.CodeBits & 4) != 0)
        {
            PutFour(Vector256.Narrow(Pairs(codes, 4), default).GetLower(), plane);
            plane += 4 * PlaneWords;
            codes >>= 4;
        }

        if ((TBlock.CodeBits & 2) != 0)
        {
            var pairs = Pairs(codes, 2);
            plane[0] = (uint)(pairs.GetElement(0) | (pairs.GetElement(1) << 4));
            plane[PlaneWords] = (uint)(pairs.GetElement(2) | (pairs.GetElement(3) << 4));
            plane += 2 * PlaneWords;
            codes >>= 2;
        }

        if ((TBlock.CodeBits & 1) != 0)
        {
            var pairs = Pairs(codes, 1);
            plane[0] = (uint)(pairs.GetElement(0) | (pairs.GetElement(1) << 2) | (pairs.GetElement(2) << 4) | (pairs.GetElement(3) << 6));
        }
    }

    // Indices that are no literals would take the register through memory.
    [MethodImpl(Inline)]
    private static void PutFour(Vector128<uint> words, uint* plane)
    {
        plane[0] = words.GetElement(0);
        plane[PlaneWords] = words.GetElement(1);
        plane[2 * PlaneWords] = words.GetElement(2);
        plane[3 * PlaneWords] = words.GetElement(3);
    }

    /// <summary>The low bits of two steps each, joined in the lower word of a lane: the second step's above the first's.</summary>
    [MethodImpl(Inline)]
    private static Vector256<ulong> Pairs(Vector256<byte> codes, int bits)
    {
        var low = (codes & Vector256.Create((byte)((1 << bits) - 1))).AsUInt64();
        return low | (low >> (32 - bits));
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
