using AiKernels.Formats;

namespace AiKernels;

/// <summary>
/// A handle on a weight matrix w [N,K] in a backend's memory, in whatever layout the backend computes with.
/// Immutable once its rows are uploaded.
/// </summary>
/// <param name="type">How the numbers are stored.</param>
/// <param name="rows">N, the outputs.</param>
/// <param name="columns">K, the inputs.</param>
public abstract class Weight(GgmlType type, int rows, int columns) : IDisposable
{
    /// <summary>The backend that allocated it, and the only one that can compute with it.</summary>
    public abstract IBackend Backend { get; }

    /// <summary>How the numbers are stored.</summary>
    public GgmlType Type { get; } = type;

    /// <summary>N, the outputs.</summary>
    public int Rows { get; } = rows;

    /// <summary>K, the inputs.</summary>
    public int Columns { get; } = columns;

    /// <summary>Bytes it occupies.</summary>
    public abstract long ByteLength { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Type} [{Rows}, {Columns}]";

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory. Called once or more.</summary>
    protected abstract void Free();
}
