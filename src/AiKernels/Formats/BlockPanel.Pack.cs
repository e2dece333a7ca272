using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AiKernels.Formats;

internal static unsafe partial class BlockPanel<TBlock>
{
    private const int PlaneWords = PanelLayout.StepBytes / sizeof(uint);

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
    public static void PackChunk(Vector256<byte> codes, uint* plane)
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

    /// <summary>The codes that <see cref="PackChunk"/> packed, of formats of 8 or 4 bits.</summary>
    [MethodImpl(Inline)]
    public static Vector256<byte> UnpackChunk(uint* plane)
    {
        if (TBlock.CodeBits == 8)
        {
            return Vector256.Create(GetFour(plane), GetFour(plane + (4 * PlaneWords))).AsByte();
        }

        Debug.Assert(TBlock.CodeBits == 4);
        var (first, last) = Vector128.Widen(GetFour(plane));
        var pairs = Vector256.Create(first, last);
        return (pairs | (pairs << (32 - 4))).AsByte() & Vector256.Create((byte)15);
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

    [MethodImpl(Inline)]
    private static Vector128<uint> GetFour(uint* plane) =>
        Vector128.Create(plane[0], plane[PlaneWords], plane[2 * PlaneWords], plane[3 * PlaneWords]);

    /// <summary>The low bits of two steps each, joined in the lower word of a lane: the second step's above the first's.</summary>
    [MethodImpl(Inline)]
    private static Vector256<ulong> Pairs(Vector256<byte> codes, int bits)
    {
        var low = (codes & Vector256.Create((byte)((1 << bits) - 1))).AsUInt64();
        return low | (low >> (32 - bits));
    }
}
