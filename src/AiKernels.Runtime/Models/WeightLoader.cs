using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using AiKernels.Formats;
using AiKernels.Runtime.Hashing;

namespace AiKernels.Runtime.Models;

/// <summary>
/// Uploads tensors to a backend, a few rows at a time and on all cores, and owns what it made until the model is
/// complete. What it reads it hashes.
/// </summary>
/// <param name="backend">Where the weights go.</param>
/// <param name="source">Where they come from.</param>
/// <param name="cancellation">Looked at between the pieces that are read.</param>
internal class WeightLoader(IBackend backend, TensorSource source, CancellationToken cancellation = default) : IDisposable
{
    // Long enough to stream, short enough that the rows mapped on all cores stay a small part of the memory. Hashes depend on it.
    private const int ChunkBytes = 4 << 20;

    private readonly List<IDisposable> _made = [];
    private readonly List<long> _layerBytes = [];
    private readonly ModelHash _hash = new();

    /// <summary>Bytes of the matrices that each layer reads.</summary>
    public IReadOnlyList<long> LayerBytes => _layerBytes;

    /// <summary>The hash of a model and all the tensors that were loaded for it.</summary>
    public ulong Hash(DecoderSpec spec) => _hash.Of(spec);

    /// <summary>Whether the source has a tensor.</summary>
    public bool Has(string name) => source.TryFind(name, out _);

    /// <summary>Loads w [N,K], which a layer reads.</summary>
    /// <exception cref="InvalidDataException">The tensor is missing, of another shape, or of a format not supported.</exception>
    /// <exception cref="OperationCanceledException">Loading was cancelled.</exception>
    public Weight Matrix(string name, int rows, int columns, int layer)
    {
        var tensor = Find(name, rows, columns);
        cancellation.ThrowIfCancellationRequested();
        var weight = Load(tensor, layer);
        while (_layerBytes.Count <= layer)
        {
            _layerBytes.Add(0);
        }

        _layerBytes[layer] += weight.ByteLength;
        return weight;
    }

    /// <summary>Loads a vector [1,N] as floats.</summary>
    /// <exception cref="InvalidDataException">The tensor is missing, of another shape, or of a format not supported.</exception>
    public Tensor Vector(string name, int length)
    {
        var stored = Find(name, 1, length);
        var vector = Tensor(1, length);
        Fill(vector, stored);
        return vector;
    }

    /// <summary>Memory for activations, owned like the weights.</summary>
    public Tensor Tensor(int rows, int columns)
    {
        var tensor = Allocate(rows, columns);
        Own(tensor.Storage);
        return tensor;
    }

    /// <summary>Reads a vector as floats, to the host.</summary>
    /// <exception cref="InvalidDataException">The tensor is missing, of another shape, or of a format not supported.</exception>
    public float[] Floats(string name, int length) => Floats(Find(name, 1, length));

    /// <summary>Frees what was loaded, unless it was handed over.</summary>
    public void Dispose()
    {
        _made.ForEach(made => made.Dispose());
        _made.Clear();
    }

    /// <summary>Hands everything loaded so far to its new owner.</summary>
    public IReadOnlyList<IDisposable> Release()
    {
        var made = _made.ToArray();
        _made.Clear();
        return made;
    }

    /// <summary>The exception for numbers of a tensor that make no sense.</summary>
    public InvalidDataException Invalid(string name, string problem) =>
        source.TryFind(name, out var tensor) ? source.Invalid(tensor, problem) : source.Missing(name);

    private StoredTensor Find(string name, int rows, int columns)
    {
        if (!source.TryFind(name, out var tensor))
        {
            throw source.Missing(name);
        }

        if (tensor.Rows != rows || tensor.Columns != columns)
        {
            throw source.Invalid(tensor, $"is [{tensor.Rows}, {tensor.Columns}] where the model needs [{rows}, {columns}]");
        }

        return SupportedFormats.IsSupported(tensor.Type)
            ? tensor
            : throw source.Invalid(tensor, $"is stored as {tensor.Type}, which can't be computed with");
    }

    protected virtual Weight Load(StoredTensor tensor, int layer)
    {
        if (source.FindPacked(tensor, layer) is { } packed)
        {
            _hash.Add(tensor, packed.Hash);
            return Own(packed.Weight);
        }

        var weight = Own(backend.AllocateWeight(tensor.Type, tensor.Rows, tensor.Columns, layer));
        var hash = Read(tensor, (firstRow, bytes) => backend.Upload(weight, firstRow, bytes));
        source.Packed(tensor, new PackedWeight(weight, hash));
        return weight;
    }

    protected virtual Tensor Allocate(int rows, int columns) => backend.Allocate(rows, columns);

    protected virtual void Fill(Tensor vector, StoredTensor stored) => backend.Write(vector, Floats(stored));

    private float[] Floats(StoredTensor vector)
    {
        var values = new float[vector.Columns];
        Read(vector, (_, bytes) => SupportedFormats.Get(vector.Type).Dequantize(bytes, values));
        return values;
    }

    /// <summary>Takes all rows of a tensor, a chunk at a time and on all cores, and gives and notes their hash.</summary>
    private ulong Read(StoredTensor tensor, Action<int, ReadOnlySpan<byte>> take)
    {
        var chunk = Math.Max(ChunkBytes / (int)tensor.Type.RowBytes(tensor.Columns) / PanelLayout.Rows, 1) * PanelLayout.Rows;
        var hashes = new ulong[(tensor.Rows + chunk - 1) / chunk];
        try
        {
            Parallel.For(0, hashes.Length, new ParallelOptions { CancellationToken = cancellation }, i => source.ReadRows(
                tensor,
                i * chunk,
                Math.Min(chunk, tensor.Rows - (i * chunk)),
                bytes =>
                {
                    hashes[i] = ContentHash.Of(bytes); // First: it brings them into the cache faster than packing does.
                    take(i * chunk, bytes);
                }));
        }
        catch (AggregateException failures)
        {
            // That several threads read is nobody else's business: what failed first is what happened.
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }

        var hash = ContentHash.Of(MemoryMarshal.AsBytes<ulong>(hashes));
        _hash.Add(tensor, hash);
        return hash;
    }

    protected T Own<T>(T made)
        where T : IDisposable
    {
        _made.Add(made);
        return made;
    }
}
