using AiKernels.Formats;

namespace AiKernels.Runtime.Models;

/// <summary>Where a model's tensors come from: a file, or a generator.</summary>
public abstract class TensorSource
{
    /// <summary>Reads consecutive rows in their stored form.</summary>
    public delegate void RowReader(ReadOnlySpan<byte> rows);

    /// <summary>Finds a tensor.</summary>
    public abstract bool TryFind(string name, out StoredTensor tensor);

    /// <summary>
    /// Hands <paramref name="count"/> rows from <paramref name="firstRow"/> on to <paramref name="read"/>. May be called
    /// from several threads at once.
    /// </summary>
    public abstract void ReadRows(StoredTensor tensor, int firstRow, int count, RowReader read);

    /// <summary>
    /// The weight of a tensor that a layer reads, where it is at hand in the backend's own form; the caller owns it. Usually null.
    /// </summary>
    public virtual PackedWeight? FindPacked(StoredTensor tensor, int layer) => null;

    /// <summary>Called with a weight that had to be packed from its rows.</summary>
    public virtual void Packed(StoredTensor tensor, PackedWeight weight)
    {
    }

    /// <summary>The exception for a tensor whose shape is not what the model needs.</summary>
    public abstract InvalidDataException Invalid(StoredTensor tensor, string problem);

    /// <summary>The exception for a tensor that is not there.</summary>
    public abstract InvalidDataException Missing(string name);
}

/// <summary>A tensor's weight in a backend's own form, which no longer tells what was stored.</summary>
/// <param name="Weight">The weight.</param>
/// <param name="Hash">The hash of the stored rows that it was packed from, as <see cref="WeightLoader"/> gave it.</param>
public sealed record PackedWeight(Weight Weight, ulong Hash);

/// <summary>A tensor in its source: a vector has one row.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">How the numbers are stored.</param>
/// <param name="Rows">N.</param>
/// <param name="Columns">K.</param>
public sealed record StoredTensor(string Name, GgmlType Type, int Rows, int Columns);
