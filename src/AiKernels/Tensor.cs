namespace AiKernels;

/// <summary>Memory that a backend owns and tensors look into.</summary>
public abstract class TensorStorage : IDisposable
{
    /// <summary>The backend that allocated it, and the only one that can compute with it.</summary>
    public abstract IBackend Backend { get; }

    /// <summary>Floats it holds.</summary>
    public abstract long Length { get; }

    /// <summary>Frees the memory, once all enqueued work on it is done. Tensors of it can't be used any more.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory. Called once or more.</summary>
    protected abstract void Free();
}

/// <summary>
/// A handle on a matrix of floats in a backend's memory: x [Rows, Columns], a row every <see cref="RowStride"/> floats.
/// </summary>
/// <remarks>
/// A view: slicing copies nothing, and the numbers live as long as the <see cref="Storage"/>. It does no arithmetic.
/// </remarks>
/// <param name="Storage">The memory.</param>
/// <param name="Offset">Floats before the first one.</param>
/// <param name="Rows">Rows, usually tokens (T).</param>
/// <param name="Columns">Floats in a row.</param>
/// <param name="RowStride">Floats from a row's start to the next one's.</param>
public readonly record struct Tensor(TensorStorage Storage, long Offset, int Rows, int Columns, int RowStride)
{
    /// <summary>Some of the rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has no such rows.</exception>
    public Tensor SliceRows(int start, int count)
    {
        CheckRange(start, count, Rows, "rows");
        return this with { Offset = Offset + ((long)start * RowStride), Rows = count };
    }

    /// <summary>Some of the columns of every row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has no such columns.</exception>
    public Tensor SliceColumns(int start, int count)
    {
        CheckRange(start, count, Columns, "columns");
        return this with { Offset = Offset + start, Columns = count };
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{Rows}, {Columns}]";

    private static void CheckRange(int start, int count, int length, string what)
    {
        if (start < 0 || count < 0 || count > length - start)
        {
            throw new ArgumentOutOfRangeException(nameof(start), $"{what} {start} to {start + (long)count} of {length}");
        }
    }
}
