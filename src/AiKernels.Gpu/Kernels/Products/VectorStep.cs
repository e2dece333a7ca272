using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>
/// What a thread reads at once: of a chunk of 32 inputs two neighbouring steps, eight inputs, for four neighbouring rows of a
/// panel, with what belongs to them. Sixteen threads have a chunk; thread 4 p + q the p-th two steps and the q-th four rows.
/// </summary>
/// <typeparam name="TBlock">The format.</typeparam>
internal struct VectorStep<TBlock>
    where TBlock : unmanaged, IBlockFormat<TBlock>
{
    private const int StepFours = PanelLayout.StepBytes / 16, RowWords = PanelLayout.Rows / 4, EveryByte = 0x01010101;

    private Int4 _wide, _second, _twos, _ones;
    private int _factors, _minima;
    private Int2 _x;

    private static int ChunkFours => BlockPanel<TBlock>.ChunkBytes / 16;

    private static int Pair => (Group.IdxX >> 2) & 3;

    private static int Quad => Group.IdxX & 3;

    /// <summary>Reads it. Views of views: a thread's own address is computed once, and others are so many bytes away.</summary>
    /// <param name="x">A row of inputs, in twos of words.</param>
    /// <param name="panel">The panel.</param>
    /// <param name="s">The segment.</param>
    /// <param name="own">The thread's chunk, 0 or 1.</param>
    /// <param name="ahead">So many chunks on, even.</param>
    public static VectorStep<TBlock> Read(ArrayView<Int2> x, ArrayView<int> panel, int s, int own, int ahead)
    {
        var step = default(VectorStep<TBlock>);
        const int chunkTwos = PanelLayout.Chunk / 8;
        var at = s * DevicePanel<TBlock>.SegmentWords;
        var fours = panel.Cast<Int4>().SubView(Quad + (own * ChunkFours));
        if (TBlock.CodeBits == 8)
        {
            var plane = fours.SubView(2 * Pair * StepFours).SubView(at / 4);
            step._wide = DeviceMemory.Four(ref plane[ahead * ChunkFours]);
            step._second = DeviceMemory.Four(ref plane[(ahead * ChunkFours) + StepFours]);
        }

        if ((TBlock.CodeBits & 4) != 0)
        {
            step._wide = DeviceMemory.Four(ref fours.SubView(Pair * StepFours).SubView(at / 4)[ahead * ChunkFours]);
        }

        if ((TBlock.CodeBits & 2) != 0)
        {
            step._twos = DeviceMemory.Four(ref fours.SubView((Pair >> 1) * StepFours).SubView(at / 4)[(ahead * ChunkFours) + ((TBlock.CodeBits & 4) * StepFours)]);
        }

        if ((TBlock.CodeBits & 1) != 0)
        {
            step._ones = DeviceMemory.Four(ref fours.SubView(at / 4)[(ahead * ChunkFours) + ((TBlock.CodeBits & 6) * StepFours)]);
        }

        step._x = DeviceMemory.Two(ref x.SubView((own * chunkTwos) + Pair).SubView(s * (TBlock.SegmentLength / 8))[ahead * chunkTwos]);
        var factors = panel.SubView(Quad + (GroupOf((own * PanelLayout.Chunk) + (8 * Pair)) * RowWords)).SubView(at);
        var group = GroupOf(ahead * PanelLayout.Chunk) * RowWords;
        step._factors = BlockPanel<TBlock>.HasGroupFactors ? DeviceMemory.One(ref factors[(BlockPanel<TBlock>.FactorOffset / 4) + group]) : 0;
        step._minima = BlockPanel<TBlock>.HasGroupFactors && TBlock.HasMinimum
            ? DeviceMemory.One(ref factors[(BlockPanel<TBlock>.MinimumOffset / 4) + group])
            : EveryByte;
        return step;
    }

    /// <summary>The four rows' sums with group scale times quant times input added.</summary>
    public readonly Int4 AddProducts(Int4 sums)
    {
        var (first, second) = (_wide, _second);
        var taken = 0;
        if ((TBlock.CodeBits & 4) != 0)
        {
            (first, second, taken) = (_wide & (0x0F * EveryByte), (_wide >> 4) & (0x0F * EveryByte), 4);
        }

        if ((TBlock.CodeBits & 2) != 0)
        {
            var bits = _twos >> ((Pair & 1) * 4);
            (first, second) = (first | ((bits & (0x03 * EveryByte)) << taken), second | (((bits >> 2) & (0x03 * EveryByte)) << taken));
            taken += 2;
        }

        if ((TBlock.CodeBits & 1) != 0)
        {
            var bits = _ones >> (2 * Pair);
            (first, second) = (first | ((bits & EveryByte) << taken), second | (((bits >> 1) & EveryByte) << taken));
        }

        var start = TBlock.CodeOffset == 0 ? 0 : -TBlock.CodeOffset * InputSum();
        var dots = new Int4
        {
            X = Dot(first.X, second.X, start),
            Y = Dot(first.Y, second.Y, start),
            Z = Dot(first.Z, second.Z, start),
            W = Dot(first.W, second.W, start),
        };
        return BlockPanel<TBlock>.HasGroupFactors ? Add(sums, dots, _factors) : Add(sums, dots, EveryByte);
    }

    /// <summary>The four rows' sums with group minimum times input added.</summary>
    public readonly Int4 AddMinima(Int4 sums)
    {
        var sum = InputSum();
        return Add(sums, new() { X = sum, Y = sum, Z = sum, W = sum }, _minima);
    }

    private static int GroupOf(int input) => input / TBlock.GroupLength;

    private readonly int InputSum() => DeviceMath.Dot4(_x.Y, EveryByte, DeviceMath.Dot4(_x.X, EveryByte, 0));

    private readonly int Dot(int first, int second, int start) => DeviceMath.Dot4(second, _x.Y, DeviceMath.Dot4(first, _x.X, start));

    /// <summary>sums + values times a factor a row, the factors being bytes of a word.</summary>
    private static Int4 Add(Int4 sums, Int4 values, int factors) => new()
    {
        X = sums.X + (DeviceMath.Byte(factors, 0) * values.X),
        Y = sums.Y + (DeviceMath.Byte(factors, 1) * values.Y),
        Z = sums.Z + (DeviceMath.Byte(factors, 2) * values.Z),
        W = sums.W + (DeviceMath.Byte(factors, 3) * values.W),
    };
}
