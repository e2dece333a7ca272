namespace AiKernels.Cpu;

/// <summary>
/// What a format asks of its input, and how a row of inputs lies in memory once quantized: a record for every 256
/// inputs, so that whatever a kernel needs of a token stands beside the token's codes.
/// </summary>
/// <remarks>
/// A record is, in this order:
/// <code>
/// codes     [256] int8, a
/// sums      [16] int16, of each 16 codes; two neighbours are read as one 32-bit pair
/// scales    [256 / block] float, t
/// pairs     [256 / group] int16, the group sums A_g, read as pairs       (only with minima)
/// initials  [256 / group] int32, -offset * A_g, where a sum of unsigned codes starts   (only with an offset)
///           or pairs of int16, one for the first two inputs of every four and one for the last two
/// </code>
/// </remarks>
/// <param name="BlockLength">Inputs that share an activation scale: the weight's segment, at least 32.</param>
/// <param name="GroupLength">Inputs of a weight's group.</param>
/// <param name="CodeOffset">What a weight's code is ahead of its value, as an unsigned byte.</param>
/// <param name="HasMinimum">Whether the weights have minima.</param>
/// <param name="HasPairedInitials">Whether the initials are pairs.</param>
internal readonly record struct ActivationLayout(
    int BlockLength, int GroupLength, int CodeOffset, bool HasMinimum, bool HasPairedInitials = false)
{
    /// <summary>Inputs of a record: a multiple of all formats' segments.</summary>
    public const int RecordLength = 256;

    /// <summary>Inputs whose codes are summed.</summary>
    public const int SumLength = 16;

    /// <summary>Where the sums begin.</summary>
    public const int SumsAt = RecordLength;

    /// <summary>Where the scales begin.</summary>
    public const int ScalesAt = SumsAt + (RecordLength / SumLength * sizeof(short));

    private const int CacheLine = 64;

    /// <summary>Groups of a record.</summary>
    public int Groups => RecordLength / GroupLength;

    /// <summary>Where the pairs begin.</summary>
    public int PairsAt => ScalesAt + (RecordLength / BlockLength * sizeof(float));

    /// <summary>Where the initials begin.</summary>
    public int InitialsAt => PairsAt + (HasMinimum ? Groups * sizeof(short) : 0);

    /// <summary>Bytes of a record: whole cache lines.</summary>
    public int RecordBytes =>
        (InitialsAt + (CodeOffset != 0 ? Groups * sizeof(int) : 0) + CacheLine - 1) / CacheLine * CacheLine;

    /// <summary>Bytes of memory for so many rows.</summary>
    public long Bytes(int rows, int columns) => (long)rows * Records(columns) * RecordBytes;

    /// <summary>Records of a row.</summary>
    public static int Records(int columns) => (columns + RecordLength - 1) / RecordLength;
}
