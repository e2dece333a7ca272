using System.Runtime.InteropServices;
using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Gpu.Kernels;
using AiKernels.Gpu.Memory;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace AiKernels.Gpu;

/// <summary>
/// A graphics processor as a backend: checks operands, then enqueues kernels. <see cref="Read"/> is the only wait; what
/// goes over to the device passes through memory that it reads on its own.
/// </summary>
/// <remarks>
/// Results have the bits that docs/ARITHMETIC.md defines, as the processor's have. One thread at a time may call it,
/// except for <see cref="Upload"/>; several backends, on one device or on several, don't disturb each other.
/// </remarks>
public sealed unsafe class GpuBackend : IBackend
{
    private readonly Context _context;
    private readonly Accelerator _accelerator;
    private readonly ElementKernels _elements;
    private readonly Dictionary<GgmlType, FormatKernels> _formats = [];
    private readonly Dictionary<GgmlType, KeyValueKernels> _keyValues = [];
    private readonly Staging<float> _floats;
    private readonly Staging<int> _integers;
    private readonly PlacesMemory _places;
    private readonly QuantizedMemory _quantized;
    private readonly GrowingBuffer<int> _indices;
    private readonly GrowingBuffer<float> _gates, _states;
    private readonly Lock _uploads = new();
    private readonly Cooperation _cooperation;
    private bool _disposed;

    /// <summary>A backend on a device.</summary>
    /// <exception cref="InvalidOperationException">The device can't be used.</exception>
    public GpuBackend(GpuDevice device)
        : this(device, cooperation: null)
    {
    }

    /// <summary>A backend whose threads cooperate so far, where null leaves it to the device.</summary>
    internal GpuBackend(GpuDevice device, Cooperation? cooperation)
    {
        ArgumentNullException.ThrowIfNull(device);
        _context = GpuDevice.CreateContext();
        PtxIntrinsics.Register(_context);
        _accelerator = Open(device);
        _cooperation = cooperation ?? CooperationOf(_accelerator);
        Description = $"{device.Id}, {device.Name}";
        _elements = new ElementKernels(_accelerator);
        _floats = new Staging<float>(_accelerator);
        _integers = new Staging<int>(_accelerator);
        _places = new PlacesMemory(new GrowingBuffer<int>(this), _integers);
        _quantized = new QuantizedMemory(this);
        _indices = new GrowingBuffer<int>(this);
        (_gates, _states) = (new GrowingBuffer<float>(this), new GrowingBuffer<float>(this));
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public Tensor Allocate(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        return new Tensor(new DeviceTensor(this, AllocateZeroed<float>((long)rows * columns)), rows, columns);
    }

    /// <inheritdoc/>
    public Weight AllocateWeight(GgmlType type, int rows, int columns)
    {
        OperandShapes.Weight(type, rows, columns);
        var kernels = Kernels(type);
        return new DeviceWeight(this, kernels, type, rows, columns, AllocateZeroed<int>(DeviceWeight.Length(kernels, rows, columns)));
    }

    /// <inheritdoc/>
    public long WeightBytes(GgmlType type, int rows, int columns)
    {
        OperandShapes.Weight(type, rows, columns);
        return DeviceWeight.Length(Kernels(type), rows, columns) * sizeof(int);
    }

    /// <inheritdoc/>
    public void Upload(Weight weight, int firstRow, ReadOnlySpan<byte> rows)
    {
        Bind();
        var target = Own(weight);
        var count = OperandShapes.Upload(weight, firstRow, rows.Length);
        if (count == 0)
        {
            return;
        }

        var (rowBytes, panelBytes) = (rows.Length / count, checked((int)target.Kernels.PanelBytes(weight.Columns)));
        var panels = PanelLayout.Panels(count);
        var packed = new byte[checked(panels * panelBytes)];
        for (var panel = 0; panel < panels; panel++)
        {
            var row = panel * PanelLayout.Rows;
            var panelRows = Math.Min(PanelLayout.Rows, count - row);
            target.Kernels.Pack(
                rows.Slice(row * rowBytes, panelRows * rowBytes), panelRows, weight.Columns, packed.AsSpan(panel * panelBytes, panelBytes));
        }

        fixed (byte* pinned = packed)
        {
            lock (_uploads)
            {
                var length = packed.Length / sizeof(int);
                target.Words.SubView((long)firstRow / PanelLayout.Rows * panelBytes / sizeof(int), length)
                    .CopyFromCPU(ref *(int*)pinned, length);
            }
        }
    }

    /// <inheritdoc/>
    public KeyValueCache AllocateCache(KeyValueShape shape, int pages)
    {
        shape.Validate();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pages);
        if (!_keyValues.TryGetValue(shape.Type, out var kernels))
        {
            _keyValues[shape.Type] = kernels = KeyValueKernels.Of(shape.Type, _accelerator, _states);
        }

        return new DeviceCache(this, kernels, shape, pages, AllocateZeroed<int>(DeviceCache.Length(shape, pages)));
    }

    /// <inheritdoc/>
    public void Write(Tensor x, ReadOnlySpan<float> values)
    {
        Bind();
        var storage = Own(x);
        OperandShapes.Copy(x, values.Length);
        for (var (row, rows) = (0, WholeRows(x)); row < x.Rows && x.Columns > 0; row += rows)
        {
            var length = rows * x.Columns;
            _floats.Send(values.Slice(row * x.Columns, length), storage.View.SubView(x.Offset + ((long)row * x.RowStride), length));
        }
    }

    /// <inheritdoc/>
    public void Read(Tensor x, Span<float> values)
    {
        Bind();
        var storage = Own(x);
        OperandShapes.Copy(x, values.Length);
        fixed (float* pinned = values) // While the device writes, nothing may move them.
        {
            for (var (row, rows) = (0, WholeRows(x)); row < x.Rows && x.Columns > 0; row += rows)
            {
                var length = rows * x.Columns;
                storage.View.SubView(x.Offset + ((long)row * x.RowStride), length)
                    .CopyToCPU(ref pinned[(long)row * x.Columns], length);
            }

            Synchronize();
        }
    }

    /// <inheritdoc/>
    public void Embed(Weight table, ReadOnlySpan<int> tokens, Tensor y)
    {
        Bind();
        var weight = Own(table);
        OperandShapes.Embed(table, tokens, y);
        if (!tokens.IsEmpty)
        {
            var output = Matrix(y);
            weight.Kernels.Embed(Indices(tokens), weight.Words, table.Columns, output);
        }
    }

    /// <inheritdoc/>
    public void Gather(Tensor x, ReadOnlySpan<int> rows, Tensor y)
    {
        Bind();
        OperandShapes.Gather(x, rows, y);
        if (!rows.IsEmpty)
        {
            var (source, target) = (Matrix(x), Matrix(y));
            _elements.Gather(Indices(rows), source, x.Columns, target);
        }
    }

    /// <inheritdoc/>
    public void RmsNorm(Tensor x, Tensor gain, float epsilon, Tensor y)
    {
        Bind();
        OperandShapes.RmsNorm(x, gain, y);
        _elements.RmsNorm(Matrix(x), x.Rows, x.Columns, Matrix(gain), gain.Columns, epsilon, Matrix(y));
    }

    /// <inheritdoc/>
    public void MatMul(Tensor x, params ReadOnlySpan<Projection> projections)
    {
        Bind();
        var input = Matrix(x);
        OperandShapes.MatMul(x, projections);
        foreach (var projection in projections)
        {
            Check(projection);
        }

        if (x.Rows == 0)
        {
            return;
        }

        _quantized.Begin(input, x.Rows, x.Columns);
        for (var i = 0; i < projections.Length;)
        {
            i += x.Rows <= VectorProductKernel.MaxTokens ? MultiplyFewTokens(x.Rows, projections[i..]) : 0;
            if (i < projections.Length)
            {
                Multiply(input, x, projections[i++]);
            }
        }
    }

    /// <inheritdoc/>
    public void Rope(Tensor x, int headLength, RopePairing pairing, Tensor rotation)
    {
        Bind();
        OperandShapes.Rope(x, headLength, pairing, rotation);
        _elements.Rope(Matrix(x), x.Rows, x.Columns, headLength, pairing, Matrix(rotation), rotation.Columns / 2);
    }

    /// <inheritdoc/>
    public void Store(KeyValueCache cache, int layer, Batch batch, Tensor keys, Tensor values)
    {
        Bind();
        var pages = Own(cache);
        OperandShapes.Store(cache, layer, batch, keys, values);
        if (batch.Count > 0)
        {
            var (k, v) = (Matrix(keys), Matrix(values));
            pages.Kernels.Store(pages.Layer(layer), _places.Of(batch), batch.Count, k, v);
        }
    }

    /// <inheritdoc/>
    public void Attention(Tensor q, KeyValueCache cache, int layer, Batch batch, float scale, Tensor y)
    {
        Bind();
        var pages = Own(cache);
        OperandShapes.Attention(q, cache, layer, batch, y);
        if (batch.Count == 0)
        {
            return;
        }

        var (queries, output) = (Matrix(q), Matrix(y));
        _quantized.Begin(queries, q.Rows, q.Columns);
        var quantized = pages.Kernels.QuantizesQueries ? Quantized(PanelLayout.Chunk) : default;
        pages.Kernels.Attend(
            queries,
            quantized,
            pages.Layer(layer),
            _places.Of(batch),
            batch.Count,
            MostPositions(batch),
            q.Columns / cache.Shape.HeadLength,
            scale,
            output);
    }

    /// <summary>Waits for the device and frees the backend's own memory; tensors, weights and caches are to be freed before.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            try
            {
                _accelerator.Bind();
                _accelerator.DefaultStream.Synchronize();
            }
            catch (AcceleratorException)
            {
                // A device that failed has told whoever used it; what it held is freed all the same.
            }
            finally
            {
                DisposeDevice();
            }
        }
    }

    /// <summary>Device memory, whatever it holds.</summary>
    /// <exception cref="OutOfMemoryException">The device has too little.</exception>
    internal MemoryBuffer1D<T, Stride1D.Dense> Allocate<T>(long length)
        where T : unmanaged
    {
        Bind();
        try
        {
            return _accelerator.Allocate1D<T>(length);
        }
        catch (Exception failure) when (failure is AcceleratorException or OverflowException)
        {
#pragma warning disable CA2201 // IBackend says so: what a host does about too little memory is the same wherever it is.
            throw new OutOfMemoryException($"'{Description}' has no {length * Interop.SizeOf<T>():N0} bytes free: {failure.Message}", failure);
#pragma warning restore CA2201
        }
    }

    /// <summary>Frees memory once what was enqueued on it is done.</summary>
    internal void Free(MemoryBuffer memory)
    {
        if (!_disposed)
        {
            Bind();
            Synchronize();
            memory.Dispose();
        }
    }

    private void Synchronize()
    {
        _accelerator.DefaultStream.Synchronize();
        _floats.Reset();
        _integers.Reset();
    }

    private MemoryBuffer1D<T, Stride1D.Dense> AllocateZeroed<T>(long length)
        where T : unmanaged
    {
        var memory = Allocate<T>(length);
        memory.MemSetToZero();
        return memory;
    }

    private void DisposeDevice()
    {
        try
        {
            _floats.Dispose();
            _integers.Dispose();
            _accelerator.Dispose(); // With all memory of it that is left.
        }
        finally
        {
            _context.Dispose();
        }
    }

    private Accelerator Open(GpuDevice device)
    {
        try
        {
            return device.CreateAccelerator(_context);
        }
        catch (Exception failure) when (failure is AcceleratorException or NotSupportedException)
        {
            _context.Dispose();
            throw new InvalidOperationException($"'{device.Id}' can't be used: {failure.Message}", failure);
        }
    }

    /// <summary>The most positions that a token of the batch sees.</summary>
    private static int MostPositions(Batch batch)
    {
        var last = 0;
        foreach (var position in batch.Positions)
        {
            last = Math.Max(last, position);
        }

        return last + 1;
    }

    private static Cooperation CooperationOf(Accelerator accelerator) => accelerator switch
    {
        CudaAccelerator cuda when cuda.Architecture >= CudaArchitecture.SM_80 => Cooperation.TensorCores,
        CudaAccelerator => Cooperation.Warps,
        _ => Cooperation.None,
    };

    /// <summary>Makes the device this thread's: a launch goes to whichever is, and a host may call from any thread.</summary>
    private void Bind()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _accelerator.Bind();
    }

    /// <summary>Rows that lie side by side without a gap.</summary>
    private static int WholeRows(Tensor x) => x.RowStride == x.Columns ? Math.Max(x.Rows, 1) : 1;

    private ArrayView<int> Indices(ReadOnlySpan<int> values)
    {
        var indices = _indices.Get(values.Length);
        _integers.Send(values, indices);
        return indices;
    }

    private void Multiply(DeviceMatrix input, Tensor x, in Projection projection)
    {
        var gates = default(DeviceMatrix);
        if (projection.Gate is { } gate)
        {
            gates = new DeviceMatrix(_gates.Get((long)x.Rows * gate.Rows), gate.Rows);
            Multiply(input, x, Own(gate), new Finish(gates, gates, gates, hasBias: 0, hasGate: 0, accumulates: 0));
        }

        Multiply(input, x, Own(projection.Weight), Finish(projection, gates));
    }

    /// <summary>As many of the first products of few tokens as a launch can make together; gives their number.</summary>
    private int MultiplyFewTokens(int tokens, ReadOnlySpan<Projection> projections)
    {
        var (kernels, count) = (Own(projections[0].Weight).Kernels, 0);
        while (kernels.MakesVectorProducts && count < Math.Min(projections.Length, VectorProductKernel.MaxTargets)
            && Own(projections[count].Weight).Kernels == kernels
            && (projections[count].Gate is not { } gate || Own(gate).Kernels == kernels))
        {
            count++;
        }

        if (count > 0)
        {
            kernels.Multiply(
                Quantized(kernels.InputBlockLength!.Value),
                tokens,
                Target(projections[0]),
                count > 1 ? Target(projections[1]) : default,
                count > 2 ? Target(projections[2]) : default);
        }

        return count;
    }

    private VectorTarget Target(in Projection projection)
    {
        var weight = Own(projection.Weight);
        var gate = projection.Gate is { } other ? Own(other) : weight;
        return new VectorTarget(weight.Words, gate.Words, projection.Gate is null ? 0 : 1, weight.Rows, Finish(projection, default));
    }

    private Finish Finish(in Projection projection, DeviceMatrix gates) => new(
        Matrix(projection.Output),
        projection.Bias is { } bias ? Matrix(bias) : default,
        gates,
        projection.Bias is null ? 0 : 1,
        projection.Gate is null ? 0 : 1,
        projection.Accumulate ? 1 : 0);

    private void Multiply(DeviceMatrix input, Tensor x, DeviceWeight weight, Finish finish)
    {
        var quantized = weight.Kernels.InputBlockLength is { } length ? Quantized(length) : default;
        if (x.Rows <= VectorProductKernel.MaxTokens && weight.Kernels.MakesVectorProducts)
        {
            weight.Kernels.Multiply(quantized, x.Rows, new VectorTarget(weight.Words, weight.Words, hasGate: 0, weight.Rows, finish), default, default);
        }
        else
        {
            weight.Kernels.Multiply(input, quantized, x.Rows, weight.Words, weight.Rows, weight.Columns, finish);
        }
    }

    /// <summary>The operation's input in blocks of so many, quantized unless it was before.</summary>
    private QuantizedRows Quantized(int blockLength)
    {
        if (_quantized.TryAdd(blockLength, out var rows))
        {
            _elements.Quantize(_quantized.Input, _quantized.Rows, rows);
        }

        return rows;
    }

    /// <summary>Nothing may be enqueued of a call that is refused.</summary>
    private void Check(in Projection projection)
    {
        _ = Own(projection.Weight);
        _ = Own(projection.Output);
        _ = projection.Bias is { } bias ? Own(bias) : null;
        _ = projection.Gate is { } gate ? Own(gate) : null;
    }

    private FormatKernels Kernels(GgmlType type)
    {
        lock (_formats)
        {
            if (!_formats.TryGetValue(type, out var kernels))
            {
                _formats[type] = kernels = FormatKernels.Of(SupportedFormats.Get(type), _accelerator, _cooperation);
            }

            return kernels;
        }
    }

    private DeviceMatrix Matrix(Tensor x)
    {
        var storage = Own(x);
        return x.Rows == 0 || x.Columns == 0
            ? default // It may begin where the memory ends.
            : new DeviceMatrix(storage.View.SubView(x.Offset, storage.Length - x.Offset), x.RowStride);
    }

    private DeviceTensor Own(Tensor x)
    {
        var own = x.Storage as DeviceTensor;
        CheckOwner(own?.Backend, own is { IsDisposed: true }, own, "tensor");
        return own!;
    }

    private DeviceWeight Own(Weight weight)
    {
        var own = weight as DeviceWeight;
        CheckOwner(own?.Backend, own is { IsDisposed: true }, own, "weight");
        return own!;
    }

    private DeviceCache Own(KeyValueCache cache)
    {
        var own = cache as DeviceCache;
        CheckOwner(own?.Backend, own is { IsDisposed: true }, own, "cache");
        return own!;
    }

    private void CheckOwner(IBackend? owner, bool disposed, object? operand, string what)
    {
        if (owner != this)
        {
            throw new ArgumentException($"the {what} belongs to another backend");
        }

        ObjectDisposedException.ThrowIf(disposed, operand!);
    }
}
