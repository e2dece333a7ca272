using System.Diagnostics;
using System.Runtime.InteropServices;
using AiKernels.Cache;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>
/// The processor as a backend: checks operands, then calls the kernels of the best instruction set present. Work is
/// done when a call returns.
/// </summary>
/// <remarks>Its threads live until it is disposed. One thread at a time may call it, except for <see cref="Upload"/>; several backends don't disturb each other.</remarks>
public sealed unsafe class CpuBackend : IBackend
{
    internal const int MaximumThreads = 1024;

    private readonly InstructionSet _instructions;
    private readonly WorkerPool _pool;
    private readonly Dictionary<ActivationLayout, NativeBuffer> _quantizedMemory = [];
    private readonly QueryTiles _queryTiles = new();
    private readonly List<ActivationLayout> _quantized = [];
    private ResolvedProjection[] _projections = new ResolvedProjection[4];
    private MemoryAhead[] _afterLast = [];
    private bool _disposed;

    /// <summary>A backend on so many threads.</summary>
    /// <param name="threads">Threads that compute, the caller's included; 0 for as many as the process may use.</param>
    /// <param name="without">
    /// Features of the processor to leave unused; those that the environment variable AIKERNELS_DISABLE names come on top.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or above 1,024.</exception>
    /// <exception cref="InvalidOperationException">The environment variable names an unknown feature.</exception>
    public CpuBackend(int threads = 0, CpuFeatures without = CpuFeatures.None)
        : this(threads, InstructionSet.Best(without | DisabledFeatures.FromEnvironment()))
    {
    }

    internal CpuBackend(int threads, InstructionSet instructions)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, MaximumThreads);
        _instructions = instructions;
        _pool = new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads);
    }

    /// <summary>Threads that compute, the caller's included.</summary>
    public int Threads => _pool.Threads;

    /// <inheritdoc/>
    public string Description => $"CPU, {_instructions.Name}, {Threads} threads";

    /// <inheritdoc/>
    public Tensor Allocate(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        return new Tensor(new CpuTensorStorage(this, (long)rows * columns), rows, columns);
    }

    /// <inheritdoc/>
    public Weight AllocateWeight(GgmlType type, int rows, int columns, int layer = 0)
    {
        OperandShapes.Weight(type, rows, columns);
        return new CpuWeight(this, _instructions.Kernel(type), type, rows, columns);
    }

    /// <inheritdoc/>
    public long WeightBytes(GgmlType type, int rows, int columns, int layer = 0)
    {
        OperandShapes.Weight(type, rows, columns);
        return CpuWeight.Bytes(_instructions.Kernel(type), rows, columns);
    }

    /// <inheritdoc/>
    public void Upload(Weight weight, int firstRow, ReadOnlySpan<byte> rows)
    {
        var target = Own(weight);
        if (target.IsReadOnly)
        {
            throw new ArgumentException($"Upload: the memory of {weight} was adopted and can't be written");
        }

        var count = OperandShapes.Upload(weight, firstRow, rows.Length);
        var rowBytes = count == 0 ? 0 : rows.Length / count;
        for (var row = 0; row < count; row += PanelLayout.Rows)
        {
            var panelRows = Math.Min(PanelLayout.Rows, count - row);
            target.Kernel.Pack(
                rows.Slice(row * rowBytes, panelRows * rowBytes),
                panelRows,
                weight.Columns,
                target.Panel((firstRow + row) / PanelLayout.Rows));
        }
    }

    /// <inheritdoc/>
    public string? PackedLayout => BitConverter.IsLittleEndian ? PanelLayout.Name : null;

    /// <inheritdoc/>
    public Weight? AdoptWeight(GgmlType type, int rows, int columns, SafeBuffer memory, long offset, long length, int layer = 0)
    {
        ArgumentNullException.ThrowIfNull(memory);
        OperandShapes.Weight(type, rows, columns);
        return CpuWeight.Adopt(this, _instructions.Kernel(type), type, rows, columns, memory, offset, length);
    }

    /// <inheritdoc/>
    public void ReadPacked(Weight weight, long offset, Span<byte> destination)
    {
        var source = Own(weight);
        OperandShapes.ReadPacked(weight, offset, destination.Length);
        new ReadOnlySpan<byte>(source.Panel(0) + offset, destination.Length).CopyTo(destination);
        GC.KeepAlive(weight);
    }

    /// <inheritdoc/>
    public KeyValueCache AllocateCache(KeyValueShape shape, int pages)
    {
        shape.Validate();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pages);
        return new CpuKeyValueCache(this, shape, pages);
    }

    /// <inheritdoc/>
    public void CopyPage(KeyValueCache cache, int source, int target)
    {
        var pages = Own(cache);
        OperandShapes.CopyPage(cache, source, target);
        NativeMemory.Copy(pages.Page(source), pages.Page(target), (nuint)cache.Shape.PageBytes);
        GC.KeepAlive(cache);
    }

    /// <inheritdoc/>
    public void ClearPage(KeyValueCache cache, int page)
    {
        var pages = Own(cache);
        OperandShapes.Page(cache, page);
        NativeMemory.Clear(pages.Page(page), (nuint)cache.Shape.PageBytes);
        GC.KeepAlive(cache);
    }

    /// <inheritdoc/>
    public void ReadPage(KeyValueCache cache, int page, int positions, Span<byte> image)
    {
        fixed (byte* bytes = image)
        {
            Move(cache, page, positions, bytes, image.Length, isRead: true);
        }
    }

    /// <inheritdoc/>
    public void WritePage(KeyValueCache cache, int page, int positions, ReadOnlySpan<byte> image)
    {
        fixed (byte* bytes = image)
        {
            Move(cache, page, positions, bytes, image.Length, isRead: false);
        }
    }

    /// <inheritdoc/>
    public void Write(Tensor x, ReadOnlySpan<float> values)
    {
        var target = Own(x);
        OperandShapes.Copy(x, values.Length);
        for (var row = 0; row < x.Rows; row++)
        {
            values.Slice(row * x.Columns, x.Columns).CopyTo(new Span<float>(target.Row(row), x.Columns));
        }

        GC.KeepAlive(x.Storage);
    }

    /// <inheritdoc/>
    public void Read(Tensor x, Span<float> values)
    {
        var source = Own(x);
        OperandShapes.Copy(x, values.Length);
        for (var row = 0; row < x.Rows; row++)
        {
            new Span<float>(source.Row(row), x.Columns).CopyTo(values.Slice(row * x.Columns, x.Columns));
        }

        GC.KeepAlive(x.Storage);
    }

    /// <inheritdoc/>
    public void ReadLargest(Tensor x, Span<RankedValue> largest)
    {
        var source = Own(x);
        var count = OperandShapes.ReadLargest(x, largest.Length);
        for (var row = 0; row < x.Rows; row++)
        {
            RankedValue.Largest(new ReadOnlySpan<float>(source.Row(row), x.Columns), largest.Slice(row * count, count));
        }

        GC.KeepAlive(x.Storage);
    }

    /// <inheritdoc/>
    public void Embed(Weight table, ReadOnlySpan<int> tokens, Tensor y)
    {
        OperandShapes.Embed(table, tokens, y);
        fixed (int* ids = tokens)
        {
            _pool.Run(new Embedding(Own(table), ids, Own(y)), tokens.Length);
        }
    }

    /// <inheritdoc/>
    public void Gather(Tensor x, ReadOnlySpan<int> rows, Tensor y)
    {
        OperandShapes.Gather(x, rows, y);
        var (source, target) = (Own(x), Own(y));
        for (var i = 0; i < rows.Length; i++)
        {
            new Span<float>(source.Row(rows[i]), x.Columns).CopyTo(new Span<float>(target.Row(i), x.Columns));
        }

        GC.KeepAlive(x.Storage);
        GC.KeepAlive(y.Storage);
    }

    /// <inheritdoc/>
    public void RmsNorm(Tensor x, Tensor gain, float epsilon, Tensor y)
    {
        OperandShapes.RmsNorm(x, gain, y);
        _instructions.RmsNorm(_pool, Own(x), Own(gain), epsilon, Own(y));
    }

    /// <inheritdoc/>
    public void MatMul(Tensor x, params ReadOnlySpan<Projection> projections)
    {
        var input = Own(x);
        if (_projections.Length < projections.Length)
        {
            _projections = new ResolvedProjection[projections.Length];
        }

        OperandShapes.MatMul(x, projections);
        _quantized.Clear();
        try
        {
            for (var i = 0; i < projections.Length; i++)
            {
                var (weight, output, bias, accumulate, gate) = projections[i];
                _projections[i] = new ResolvedProjection(
                    Operands(Own(weight), input),
                    gate is null ? null : Operands(Own(gate), input),
                    bias is { } b ? Own(b) : default,
                    accumulate,
                    Own(output));
            }

            var work = new MatMul(_projections, projections.Length, Threads);
            FetchAheadFor(work);
            _pool.Run(work, work.Items);
        }
        finally
        {
            Array.Clear(_projections); // Or the last call's weights could not be collected.
        }
    }

    /// <inheritdoc/>
    public void Rope(Tensor x, int headLength, RopePairing pairing, Tensor rotation)
    {
        OperandShapes.Rope(x, headLength, pairing, rotation);
        _instructions.Rope(_pool, Own(x), headLength, pairing, Own(rotation));
    }

    /// <inheritdoc/>
    public void HadamardTransform(Tensor x, int headLength)
    {
        OperandShapes.HadamardTransform(x, headLength);
        _instructions.HadamardTransform(_pool, Own(x), headLength);
    }

    /// <inheritdoc/>
    public void Store(KeyValueCache cache, int layer, Batch batch, Tensor keys, Tensor values)
    {
        OperandShapes.Store(cache, layer, batch, keys, values);
        switch (cache.Shape.Type)
        {
            case GgmlType.F32:
                var floats = new StoreKeyValues<F32>(Own(cache), layer, batch, Own(keys), Own(values));
                _pool.Run(floats, floats.Items);
                break;
            case GgmlType.F16:
                var halves = new StoreKeyValues<F16>(Own(cache), layer, batch, Own(keys), Own(values));
                _pool.Run(halves, halves.Items);
                break;
            case GgmlType.BF16:
                var brains = new StoreKeyValues<BF16>(Own(cache), layer, batch, Own(keys), Own(values));
                _pool.Run(brains, brains.Items);
                break;
            case GgmlType.Q8_0:
                _pool.Run(new StoreQuantized<Q8_0>(Own(cache), layer, batch, Own(keys), Own(values)), batch.Count);
                break;
            case GgmlType.Q4_0:
                _pool.Run(new StoreQuantized<Q4_0>(Own(cache), layer, batch, Own(keys), Own(values)), batch.Count);
                break;
            default:
                throw new UnreachableException($"{cache.Shape} was validated");
        }
    }

    /// <inheritdoc/>
    public void Attention(Tensor q, KeyValueCache cache, int layer, Batch batch, float scale, Tensor y)
    {
        OperandShapes.Attention(q, cache, layer, batch, y);
        _instructions.Attention(_pool, Own(q), Own(cache), layer, batch, _queryTiles, scale, Own(y));
    }

    /// <summary>Stops the threads and frees the backend's own memory; tensors, weights and caches are freed on their own.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _pool.Dispose();
            _queryTiles.Dispose();
            foreach (var memory in _quantizedMemory.Values)
            {
                memory.Dispose();
            }
        }
    }

    private void Move(KeyValueCache cache, int page, int positions, byte* image, int bytes, bool isRead)
    {
        var pages = Own(cache);
        OperandShapes.PageImage(cache, page, positions, bytes);
        if (positions > 0)
        {
            _pool.Run(new PageImage(pages, page, positions, image, isRead), cache.Shape.Layers * cache.Shape.Heads);
        }

        GC.KeepAlive(cache);
    }

    /// <summary>
    /// Tells the pool what the product after this one will read first: what followed its weight the last time, since a
    /// model's weights come in the same order again. For that, notes what this one reads with the weight before it.
    /// </summary>
    private void FetchAheadFor(in MatMul work)
    {
        if (MemoryAhead.IsSupported && Threads > 1 && work.FirstWeight is { } weight)
        {
            work.WriteFirstReads(_afterLast);
            _pool.Ahead = _afterLast = weight.ReadAfterwards;
        }
    }

    /// <summary>A weight and x as its kernel reads it, quantized unless an earlier weight of the call wanted the same.</summary>
    private Operands Operands(CpuWeight weight, Matrix x)
    {
        if (weight.Kernel.InputLayout is not { } layout)
        {
            return new Operands(weight, new Activations(x, null, null));
        }

        var activations = new Activations(x, layout, QuantizedMemory(layout, layout.Bytes(x.Rows, x.Columns)));
        if (!_quantized.Contains(layout))
        {
            _quantized.Add(layout);
            _instructions.QuantizeActivations(_pool, activations);
        }

        return new Operands(weight, activations);
    }

    /// <summary>Memory for inputs quantized as one layout says: it grows to the largest seen and stays.</summary>
    private byte* QuantizedMemory(ActivationLayout layout, long bytes)
    {
        if (!_quantizedMemory.TryGetValue(layout, out var memory) || memory.Length < bytes)
        {
            var larger = new NativeBuffer(bytes); // May throw, and then the old one must still be there.
            memory?.Dispose();
            _quantizedMemory[layout] = memory = larger;
        }

        return memory.Data;
    }

    private Matrix Own(Tensor x) => new(Own<CpuTensorStorage>(x.Storage).Data + x.Offset, x);

    private CpuWeight Own(Weight weight) => Own<CpuWeight>(weight);

    private CpuKeyValueCache Own(KeyValueCache cache) => Own<CpuKeyValueCache>(cache);

    private T Own<T>(BackendMemory operand)
        where T : BackendMemory
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return BackendMemory.Own<T>(operand, this);
    }
}
