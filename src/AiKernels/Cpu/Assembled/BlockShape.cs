using System.Numerics;
using AiKernels.Formats;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// A quantized format as the numbers that assembled kernels are made from: formats of equal numbers share their code.
/// Offsets are those of a packed segment, see <see cref="BlockPanel{TBlock}"/>.
/// </summary>
internal sealed record BlockShape(
    int SegmentLength,
    int GroupLength,
    int CodeBits,
    int FactorBits,
    bool HasMinimum,
    int ChunkBytes,
    int FactorsAt,
    int MinimaAt,
    int ScalesAt,
    int MinimumScalesAt,
    int SegmentBytes,
    GroupSum Sums,
    ActivationLayout Input)
{
    private const int LargestActivation = 127, InputsOfHalf = PanelLayout.Depth / 2;

    /// <summary>Whether a segment's groups have factors.</summary>
    public bool IsGrouped => GroupLength < SegmentLength;

    /// <summary>Groups of a segment.</summary>
    public int Groups => SegmentLength / GroupLength;

    /// <summary>Inputs whose products are added up before a factor is applied.</summary>
    public int InputsPerSum => Sums == GroupSum.OfHalves
        ? Math.Min(GroupLength, InputsPerHalf(CodeBits, Input.CodeOffset))
        : GroupLength;

    /// <summary>Segments of a record of activations.</summary>
    public int SegmentsPerRecord => ActivationLayout.RecordLength / SegmentLength;

    /// <summary>Bytes of a panel's weights over a record's inputs.</summary>
    public int RecordBytes => SegmentsPerRecord * SegmentBytes;

    /// <summary>Whether the kernels are written for such a format: groups within a chunk, minima in pairs of a record's groups.</summary>
    public bool IsSupported =>
        (!IsGrouped || (PanelLayout.Chunk % GroupLength == 0 && GroupLength % ActivationLayout.SumLength == 0))
        && (!HasMinimum || (Groups % 2 == 0 && SegmentsPerRecord == 1));

    /// <summary>The shape of a format for a unit that has dot products of bytes, or has none.</summary>
    /// <param name="input">What the format asks of its input.</param>
    /// <param name="hasDots">Whether the unit has them.</param>
    public static BlockShape Of<TBlock>(ActivationLayout input, bool hasDots)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var sums = hasDots ? GroupSum.OfDots : FitsHalves<TBlock>() ? GroupSum.OfHalves : GroupSum.OfSteps;
        return new BlockShape(
            TBlock.SegmentLength,
            TBlock.GroupLength,
            TBlock.CodeBits,
            TBlock.FactorBits,
            TBlock.HasMinimum,
            BlockPanel<TBlock>.ChunkBytes,
            BlockPanel<TBlock>.FactorOffset,
            BlockPanel<TBlock>.MinimumOffset,
            BlockPanel<TBlock>.ScaleOffset,
            BlockPanel<TBlock>.MinimumScaleOffset,
            BlockPanel<TBlock>.SegmentBytes,
            sums,
            sums switch
            {
                GroupSum.OfHalves => input with { HasPairedInitials = TBlock.CodeOffset != 0 },
                GroupSum.OfSteps => input with { CodeOffset = TBlock.CodeOffset }, // Bytes stay signed.
                _ => input,
            });
    }

    /// <summary>
    /// Whether int16 holds the sum of a group's products over two inputs of every four. It does at any step: what starts at
    /// -offset * A has by then Quant * a of some inputs and -offset * a of the others. Without an offset, a group with
    /// factors may be added up in parts.
    /// </summary>
    private static bool FitsHalves<TBlock>()
        where TBlock : unmanaged, IBlockFormat<TBlock> =>
        TBlock.CodeBits < 8 && TBlock.GroupLength <= PanelLayout.Chunk
        && (InputsPerHalf(TBlock.CodeBits, TBlock.CodeOffset) >= TBlock.GroupLength
            || (TBlock.CodeOffset == 0 && TBlock.GroupLength < TBlock.SegmentLength));

    /// <summary>The most inputs, a power of two, whose products' sums fit.</summary>
    private static int InputsPerHalf(int codeBits, int offset)
    {
        var largest = Math.Max(offset, (1 << codeBits) - 1 - offset) * LargestActivation * InputsOfHalf;
        return PanelLayout.Depth << BitOperations.Log2((uint)(short.MaxValue / largest));
    }
}
