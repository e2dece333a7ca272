using AiKernels.Formats;

namespace AiKernels.Cache;

/// <summary>What a page of keys and values holds: P positions of every layer and key/value head.</summary>
/// <param name="Layers">Layers.</param>
/// <param name="Heads">G, the key/value heads.</param>
/// <param name="HeadLength">D, channels of a head.</param>
/// <param name="Type">How a number is stored: one of <see cref="Types"/>.</param>
/// <param name="PageLength">P, positions of a page: a multiple of <see cref="SegmentLength"/>.</param>
public sealed record KeyValueShape(
    int Layers, int Heads, int HeadLength, GgmlType Type = GgmlType.F32, int PageLength = KeyValueShape.SegmentLength)
{
    /// <summary>Positions whose softmax is one state; a fixed part of the arithmetic, whatever the page's length.</summary>
    public const int SegmentLength = 64;

    /// <summary>The largest head: kernels keep a few of them on their stack.</summary>
    public const int MaxHeadLength = 4096;

    private const int MaxElements = 1 << 30;

    /// <summary>The formats in which keys and values can be stored; those of blocks need heads of whole blocks.</summary>
    public static IReadOnlyList<GgmlType> Types { get; } = [GgmlType.F32, GgmlType.F16, GgmlType.BF16, GgmlType.Q8_0, GgmlType.Q4_0];

    /// <summary>
    /// Whether keys, and the queries that meet them, are to pass through <see cref="IBackend.HadamardTransform"/> first: where
    /// that was measured to make them better (docs/KEYVALUES.md). A cache stores what it is given.
    /// </summary>
    public bool TransformsKeys => Type == GgmlType.Q4_0;

    /// <summary>Elements of one head's keys, or values, in a page: D P.</summary>
    public int HeadElements => HeadLength * PageLength;

    /// <summary>Bytes of a page.</summary>
    public long PageBytes => Type.RowBytes(checked(2L * Layers * Heads * HeadElements));

    /// <summary>Bytes of the image of a page's first positions, see <see cref="IBackend.ReadPage"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A page has fewer positions.</exception>
    public long ImageBytes(int positions)
    {
        return positions >= 0 && positions <= PageLength
            ? Type.RowBytes(checked(2L * Layers * Heads * HeadLength * positions))
            : throw new ArgumentOutOfRangeException(nameof(positions), positions, $"a page has {PageLength} positions");
    }

    /// <summary>Pages that hold so many positions.</summary>
    public int Pages(int positions) => (int)((positions + (long)PageLength - 1) / PageLength);

    /// <summary>Its sizes, in words that hold for sizes of any kind: of those that can't be stored, too.</summary>
    public override string ToString() =>
        $"a shape of {Layers} layers, {Heads} heads of {HeadLength} channels in {Type} and pages of {PageLength} positions";

    /// <summary>Checks that the shape can be stored.</summary>
    /// <exception cref="ArgumentException">A size is not positive, or the type is not one for keys and values.</exception>
    public void Validate()
    {
        if (Layers <= 0 || Heads <= 0 || HeadLength <= 0 || PageLength <= 0 || PageLength % SegmentLength != 0)
        {
            throw new ArgumentException($"{this} needs positive sizes and pages of a multiple of {SegmentLength} positions");
        }

        if (HeadLength > MaxHeadLength || (long)Heads * HeadLength > MaxElements || (long)HeadLength * PageLength > MaxElements)
        {
            throw new ArgumentException(
                $"{this} is too large: a head has at most {MaxHeadLength} channels, all heads and a head's page {MaxElements} elements");
        }

        if (!Types.Contains(Type))
        {
            throw new ArgumentException($"keys and values can be one of {string.Join(", ", Types)}, not {Type}");
        }

        if (HeadLength % Type.Block().Elements != 0)
        {
            throw new ArgumentException($"heads of {HeadLength} channels can't be stored in blocks of {Type.Block().Elements}");
        }
    }
}
