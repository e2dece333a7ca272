namespace AiKernels;

/// <summary>
/// A handle on a matrix of floats in a backend's memory: x [Rows, Columns], a row every <see cref="RowStride"/> floats.
/// </summary>
/// <remarks>
/// A view: slicing copies nothing, and the numbers live as long as the <see cref="Storage"/>. It does no arithmetic, and
/// it can't be made to reach beyond its storage.
/// </remarks>
public readonly struct Tensor
{
    /// <summary>A view of the first rows x columns floats of a storage.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative, or the storage is too small.</exception>
    public Tensor(TensorStorage storage, int rows, int columns)
        : this(storage, 0, rows, columns, columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)rows * columns, storage.Length);
    }

    /// <summary>Any view; the caller sees to it that it lies within the storage.</summary>
    internal Tensor(TensorStorage storage, long offset, int rows, int columns, int rowStride)
    {
        Storage = storage;
        Offset = offset;
        Rows = rows;
        Columns = columns;
        RowStride = rowStride;
    }

    /// <summary>The memory.</summary>
    public TensorStorage Storage { get; }

    /// <summary>Floats before the first one.</summary>
    public long Offset { get; }

    /// <summary>Rows, usually tokens (T).</summary>
    public int Rows { get; }

    /// <summary>Floats in a row.</summary>
    public int Columns { get; }

    /// <summary>Floats from a row's start to the next one's.</summary>
    public int RowStride { get; }

    /// <summary>Some of the rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has no such rows.</exception>
    public Tensor SliceRows(int start, int count)
    {
        CheckRange(start, count, Rows, "rows");
        return new Tensor(Storage, Offset + ((long)start * RowStride), count, Columns, RowStride);
    }

    /// <summary>Some of the columns of every row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has no such columns.</exception>
    public Tensor SliceColumns(int start, int count)
    {
        CheckRange(start, count, Columns, "columns");
        return new Tensor(Storage, Offset + start, Rows, count, RowStride);
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{Rows}, {Columns}]";

    /// <summary>The same view of another storage, as large.</summary>
    internal Tensor In(TensorStorage storage) => new(storage, Offset, Rows, Columns, RowStride);

    /// <summary>Whether the two have a float in common.</summary>
    internal bool Overlaps(Tensor other)
    {
        if (Storage != other.Storage || Offset >= other.End || other.Offset >= End)
        {
            return false;
        }

        // Column slices of one matrix interleave without touching.
        if (RowStride == other.RowStride && RowStride > 0)
        {
            var (start, otherStart) = (Offset % RowStride, other.Offset % RowStride);
            var (end, otherEnd) = (start + Columns, otherStart + other.Columns);
            return end > RowStride || otherEnd > RowStride || (start < otherEnd && otherStart < end);
        }

        return true;
    }

    /// <summary>Whether the two are the same view.</summary>
    internal bool IsSameAs(Tensor other) =>
        Storage == other.Storage && Offset == other.Offset && Rows == other.Rows && Columns == other.Columns
        && RowStride == other.RowStride;

    /// <summary>The float after the last one.</summary>
    internal long End => Rows == 0 ? Offset : Offset + ((long)(Rows - 1) * RowStride) + Columns;

    private static void CheckRange(int start, int count, int length, string what)
    {
        if (start < 0 || count < 0 || count > length - start)
        {
            throw new ArgumentOutOfRangeException(nameof(start), $"{what} {start} to {start + (long)count} of {length}");
        }
    }
}
