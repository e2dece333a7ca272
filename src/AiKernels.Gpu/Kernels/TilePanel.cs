using AiKernels.Formats;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>
/// A segment of a packed panel as the operand of a tensor core. Thread 4 g + t of a warp has rows 2 g and 2 g + 1 of the
/// panel, which lie side by side, so that one load brings both; to the instruction they are rows g and g + 8.
/// </summary>
/// <param name="words">The segment, <see cref="BlockPanel{TBlock}"/>'s bytes.</param>
/// <typeparam name="TBlock">The format.</typeparam>
internal readonly struct TilePanel<TBlock>(ArrayView<int> words)
    where TBlock : unmanaged, IBlockFormat<TBlock>
{
    private const int StepTwos = PanelLayout.StepBytes / 8, Ones = 0x01010101;

    private readonly ArrayView<int> _words = words;

    private static int Pair => (Group.IdxX >> 2) & 7;

    private static int Four => Group.IdxX & 3;

    /// <summary>A chunk's quants: fours t (X, Y) and t + 4 (Z, W) of both rows.</summary>
    public Int4 Quants(int chunk)
    {
        var twos = _words.Cast<Int2>().SubView(chunk * (BlockPanel<TBlock>.ChunkBytes / 8), BlockPanel<TBlock>.ChunkBytes / 8);
        var (codes, plane, taken) = (default(Int4), 0, 0);
        if (TBlock.CodeBits == 8)
        {
            codes = Plane(twos, Four, Four + 4);
        }

        // Planes follow each other from the widest, which holds the codes' low bits, to the narrowest.
        if ((TBlock.CodeBits & 4) != 0)
        {
            codes = (Plane(twos, Four >> 1, 2 + (Four >> 1)) >> ((Four & 1) * 4)) & 0x0F0F0F0F;
            (plane, taken) = (4, 4);
        }

        if ((TBlock.CodeBits & 2) != 0)
        {
            codes |= ((Plane(twos, plane, plane + 1) >> (Four * 2)) & 0x03030303) << taken;
            (plane, taken) = (plane + 2, taken + 2);
        }

        if ((TBlock.CodeBits & 1) != 0)
        {
            var bits = Plane(twos, plane, plane) >> Four;
            codes |= (new Int4 { X = bits.X, Y = bits.Y, Z = bits.Z >> 4, W = bits.W >> 4 } & Ones) << taken;
        }

        return TBlock.CodeOffset == 0 ? codes : LessOffset(codes);
    }

    /// <summary>Both rows' integer factor of a group.</summary>
    public Int2 GroupScales(int group) => Bytes(BlockPanel<TBlock>.FactorOffset + (group * PanelLayout.Rows));

    /// <summary>Both rows' scales.</summary>
    public Float2 Scales() => Halves(BlockPanel<TBlock>.ScaleOffset);

    /// <summary>Both rows' scales of the minima, negative; only of formats with minima.</summary>
    public Float2 MinimumScales()
    {
        var scales = Halves(BlockPanel<TBlock>.MinimumScaleOffset);
        return new() { X = -scales.X, Y = -scales.Y };
    }

    /// <summary>Both rows' minima of four neighbouring sixteens of the segment, the t-th four; only of formats with minima.</summary>
    public Int2 Minima()
    {
        Int2 a = Minima(0), b = Minima(1), c = Minima(2), d = Minima(3);
        return new() { X = DeviceMath.Bytes(a.X, b.X, c.X, d.X), Y = DeviceMath.Bytes(a.Y, b.Y, c.Y, d.Y) };
    }

    private Int2 Minima(int i)
    {
        var group = ((4 * Four) + i) * QuantizedRows.SumLength / TBlock.GroupLength;
        return Bytes(BlockPanel<TBlock>.MinimumOffset + (group * PanelLayout.Rows));
    }

    private static Int4 Plane(ArrayView<Int2> twos, int first, int second)
    {
        Int2 a = DeviceMemory.Two(ref twos[(first * StepTwos) + Pair]), b = DeviceMemory.Two(ref twos[(second * StepTwos) + Pair]);
        return new() { X = a.X, Y = a.Y, Z = b.X, W = b.Y };
    }

    /// <summary>Four at a time: 128 ahead nothing is carried from byte to byte.</summary>
    private static Int4 LessOffset(Int4 codes) => new()
    {
        X = LessOffset(codes.X),
        Y = LessOffset(codes.Y),
        Z = LessOffset(codes.Z),
        W = LessOffset(codes.W),
    };

    private static int LessOffset(int codes) => (codes + ((128 - TBlock.CodeOffset) * Ones)) ^ (Ones << 7);

    private Int2 Bytes(int at)
    {
        var pair = DeviceMemory.Half(ref _words.Cast<short>()[(at / 2) + Pair]);
        return new() { X = DeviceMath.Byte(pair, 0), Y = DeviceMath.Byte(pair, 1) };
    }

    private Float2 Halves(int at)
    {
        var pair = DeviceMemory.One(ref _words[(at / 4) + Pair]);
        return new() { X = HalfBits.ToFloat((ushort)DeviceMath.Half(pair, 0)), Y = HalfBits.ToFloat((ushort)DeviceMath.Half(pair, 1)) };
    }
}
