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
    ActivationLayout Input)
{
    /// <summary>Whether a segment's groups have factors.</summary>
    public bool IsGrouped => GroupLength < SegmentLength;

    /// <summary>Groups of a segment.</summary>
    public int Groups => SegmentLength / GroupLength;

    /// <summary>Segments of a record of activations.</summary>
    public int SegmentsPerRecord => ActivationLayout.RecordLength / SegmentLength;

    /// <summary>Bytes of a panel's weights over a record's inputs.</summary>
    public int RecordBytes => SegmentsPerRecord * SegmentBytes;

    /// <summary>Whether the kernels are written for such a format: groups within a chunk, minima in pairs of a record's groups.</summary>
    public bool IsSupported =>
        (!IsGrouped || (PanelLayout.Chunk % GroupLength == 0 && GroupLength % ActivationLayout.SumLength == 0))
        && (!HasMinimum || (Groups % 2 == 0 && SegmentsPerRecord == 1));

    public static BlockShape Of<TBlock>(ActivationLayout input)
        where TBlock : unmanaged, IBlockFormat<TBlock> => new(
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
            input);
}
