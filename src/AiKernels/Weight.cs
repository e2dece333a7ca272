using AiKernels.Formats;

namespace AiKernels;

/// <summary>
/// A handle on a weight matrix w [N,K] in a backend's memory, in whatever layout the backend computes with.
/// Immutable once its rows are uploaded.
/// </summary>
/// <param name="type">How the numbers are stored.</param>
/// <param name="rows">N, the outputs.</param>
/// <param name="columns">K, the inputs.</param>
public abstract class Weight(GgmlType type, int rows, int columns) : BackendMemory
{
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
}
