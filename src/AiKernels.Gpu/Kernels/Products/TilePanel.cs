using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>
/// A packed panel as the operand of a tensor core. Thread 4 g + t of a warp has rows 2 g and 2 g + 1 of the panel, which lie
/// side by side, so that one load brings both; to the instruction they are rows g and g + 8.
/// </summary>
/// <remarks>
/// Views of views: a thread's own address is computed once, and others are so many bytes away.
/// </remarks>
/// <param name="words">The panel, <see cref="BlockPanel{TBlock}"/>'s bytes.</param>
/// <typeparam name="TBlock">The format.</typeparam>
internal readonly struct TilePanel<TBlock>(ArrayView<int> words)
    where TBlock : unmanaged, IBlockFormat<TBlock>
{
    private const int StepTwos = PanelLayout.StepBytes / 8;

    private readonly ArrayView<int> _words = words;

    private static int Pair => (Group.IdxX >> 2) & 7;

    private static int Four => Group.IdxX & 3;

    /// <summary>Reads a chunk of a segment.</summary>
    public TileRows Read(int s, int chunk)
    {
        // Planes follow each other from the widest, which holds the codes' low bits, to the narrowest.
        var rows = default(TileRows);
        const int afterFours = 4, afterTwos = 2;
        if (TBlock.CodeBits == 8)
        {
            rows.Wide = Plane(s, chunk, Four, 0, 4);
        }

        if ((TBlock.CodeBits & 4) != 0)
        {
            rows.Wide = Plane(s, chunk, Four >> 1, 0, 2);
        }

        if ((TBlock.CodeBits & 2) != 0)
        {
            rows.Twos = Plane(s, chunk, 0, TBlock.CodeBits & afterFours, (TBlock.CodeBits & afterFours) + 1);
        }

        if ((TBlock.CodeBits & 1) != 0)
        {
            rows.Ones = Plane(s, chunk, 0, TBlock.CodeBits & (afterFours | afterTwos), TBlock.CodeBits & (afterFours | afterTwos));
        }

        if (BlockPanel<TBlock>.HasGroupFactors)
        {
            var group = chunk * PanelLayout.Chunk / TBlock.GroupLength;
            rows.FirstFactors = Bytes(s, BlockPanel<TBlock>.FactorOffset, group);
            rows.SecondFactors = TBlock.GroupLength < PanelLayout.Chunk ? Bytes(s, BlockPanel<TBlock>.FactorOffset, group + 1) : 0;
        }

        return rows;
    }

    /// <summary>Both rows' scales of a segment.</summary>
    public Float2 Scales(int s) => Halves(s, BlockPanel<TBlock>.ScaleOffset);

    /// <summary>Both rows' scales of a segment's minima, negative; only of formats with minima.</summary>
    public Float2 MinimumScales(int s)
    {
        var scales = Halves(s, BlockPanel<TBlock>.MinimumScaleOffset);
        return new() { X = -scales.X, Y = -scales.Y };
    }

    /// <summary>Both rows' minima of four neighbouring sixteens of a segment, the t-th four; only of formats with minima.</summary>
    public Int2 Minima(int s)
    {
        Int2 a = Minima(s, 0), b = Minima(s, 1), c = Minima(s, 2), d = Minima(s, 3);
        return new() { X = DeviceMath.Bytes(a.X, b.X, c.X, d.X), Y = DeviceMath.Bytes(a.Y, b.Y, c.Y, d.Y) };
    }

    private Int2 Minima(int s, int i)
    {
        var group = ((4 * Four) + i) * QuantizedRows.SumLength / TBlock.GroupLength;
        return TileRows.Both(Bytes(s, BlockPanel<TBlock>.MinimumOffset, group));
    }

    /// <summary>Two steps of a chunk for both rows: the thread's own and as many on as each says.</summary>
    private Int4 Plane(int s, int chunk, int own, int first, int second)
    {
        var twos = _words.Cast<Int2>().SubView((own * StepTwos) + Pair)
            .SubView((s * (BlockPanel<TBlock>.SegmentBytes / 8)) + (chunk * (BlockPanel<TBlock>.ChunkBytes / 8)));
        Int2 a = DeviceMemory.Two(ref twos[first * StepTwos]), b = DeviceMemory.Two(ref twos[second * StepTwos]);
        return new() { X = a.X, Y = a.Y, Z = b.X, W = b.Y };
    }

    /// <summary>Bytes of a group for both rows.</summary>
    private int Bytes(int s, int at, int group)
    {
        const int halves = PanelLayout.Rows / 2;
        return DeviceMemory.Half(ref _words.Cast<short>().SubView(Pair).SubView((s * (BlockPanel<TBlock>.SegmentBytes / 2)) + (group * halves))[at / 2]);
    }

    private Float2 Halves(int s, int at)
    {
        var pair = DeviceMemory.One(ref _words.SubView(Pair).SubView(s * (BlockPanel<TBlock>.SegmentBytes / 4))[at / 4]);
        return new() { X = HalfBits.ToFloat((ushort)DeviceMath.Half(pair, 0)), Y = HalfBits.ToFloat((ushort)DeviceMath.Half(pair, 1)) };
    }
}
