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
    // Rows lie along the second dimension of grids, which CUDA limits.
    private const int MostRows = 65_535;

    private readonly OpenDevice _device;
    private readonly ElementKernels _elements;
    private readonly Dictionary<GgmlType, FormatKernels> _formats = [];
    private readonly Dictionary<GgmlType, KeyValueKernels> _keyValues = [];
    private readonly PlacesMemory _places;
    private readonly QuantizedMemory _quantized;
    private readonly GrowingBuffer<int> _indices;
    private readonly GrowingBuffer<float> _states;
    private readonly HeldNorm _norm;
    private readonly HeldRopes _ropes;
    private readonly MatMul _products;
    private readonly Largest _largest;
    private readonly Lock _transfers = new();
    private readonly Cooperation _cooperation;

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
        Description = $"{device.Id}, {device.Name}";
        _device = new OpenDevice(device, Description);
        _cooperation = cooperation ?? CooperationOf(_device.Accelerator);
        _elements = new ElementKernels(_device.Accelerator);
        _places = new PlacesMemory(_device);
        _quantized = new QuantizedMemory(_device, _elements);
        _indices = new GrowingBuffer<int>(_device);
        _states = new GrowingBuffer<float>(_device);
        _norm = new HeldNorm(_elements, _quantized);
        _ropes = new HeldRopes(_elements);
        _products = new MatMul(this, _device, _quantized, _norm, _cooperation);
        _largest = new Largest(_device, _elements);
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public Tensor Allocate(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        return new Tensor(new DeviceTensor(this, _device.AllocateZeroed<float>((long)rows * columns)), rows, columns);
    }

    /// <inheritdoc/>
    public Weight AllocateWeight(GgmlType type, int rows, int columns, int layer = 0)
    {
        OperandShapes.Weight(type, rows, columns);
        var kernels = Kernels(type);
        return new DeviceWeight(this, kernels, type, rows, columns, _device.AllocateZeroed<int>(DeviceWeight.Length(kernels, rows, columns)));
    }

    /// <inheritdoc/>
    public long WeightBytes(GgmlType type, int rows, int columns, int layer = 0)
    {
        OperandShapes.Weight(type, rows, columns);
        return DeviceWeight.Length(Kernels(type), rows, columns) * sizeof(int);
    }

    /// <inheritdoc/>
    public void Upload(Weight weight, int firstRow, ReadOnlySpan<byte> rows)
    {
        Begin();
        var target = Own(weight);
        var count = OperandShapes.Upload(weight, firstRow, rows.Length);
        if (count == 0)
        {
            return;
        }

        var packed = target.Pack(rows, count);
        fixed (byte* bytes = packed)
        {
            lock (_transfers)
            {
                target.Write(firstRow / PanelLayout.Rows, bytes, packed.Length);
            }
        }
    }

    /// <inheritdoc/>
    public string? PackedLayout => BitConverter.IsLittleEndian ? PanelLayout.Name : null;

    /// <summary>Copies the bytes to the device; the memory is not needed afterwards.</summary>
    /// <inheritdoc/>
    public Weight? AdoptWeight(GgmlType type, int rows, int columns, SafeBuffer memory, long offset, long length, int layer = 0)
    {
        ArgumentNullException.ThrowIfNull(memory);
        if (offset < 0 || length != WeightBytes(type, rows, columns)
            || (ulong)length > memory.ByteLength || (ulong)offset > memory.ByteLength - (ulong)length)
        {
            return null;
        }

        var weight = AllocateWeight(type, rows, columns);
        byte* bytes = null;
        memory.AcquirePointer(ref bytes);
        try
        {
            Own(weight).Write(0, bytes + offset, length);
            return weight;
        }
        catch
        {
            weight.Dispose();
            throw;
        }
        finally
        {
            memory.ReleasePointer();
        }
    }

    /// <inheritdoc/>
    public void ReadPacked(Weight weight, long offset, Span<byte> destination)
    {
        Begin();
        OperandShapes.ReadPacked(weight, offset, destination.Length);
        fixed (byte* bytes = destination)
        {
            lock (_transfers)
            {
                Own(weight).Read(offset, bytes, destination.Length);
            }
        }
    }

    /// <inheritdoc/>
    public KeyValueCache AllocateCache(KeyValueShape shape, int pages)
    {
        shape.Validate();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pages);
        if (shape.HeadLength > KeyValueKernels.LongestHead)
        {
            throw new NotSupportedException($"a GPU takes heads of at most {KeyValueKernels.LongestHead} channels, not {shape.HeadLength}");
        }

        if (!_keyValues.TryGetValue(shape.Type, out var kernels))
        {
            _keyValues[shape.Type] = kernels = KeyValueKernels.Of(shape.Type, _device.Accelerator, _states);
        }

        return new DeviceCache(this, kernels, shape, pages, _device.AllocateZeroed<int>(DeviceCache.Length(shape, pages)));
    }

    /// <inheritdoc/>
    public void Write(Tensor x, ReadOnlySpan<float> values)
    {
        Begin();
        var storage = Own(x);
        OperandShapes.Copy(x, values.Length);
        for (var (row, rows) = (0, WholeRows(x)); row < x.Rows && x.Columns > 0; row += rows)
        {
            var length = rows * x.Columns;
            _device.Floats.Send(values.Slice(row * x.Columns, length), storage.View.SubView(x.Offset + ((long)row * x.RowStride), length));
        }
    }

    /// <inheritdoc/>
    public void Read(Tensor x, Span<float> values)
    {
        Begin();
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

            _device.Synchronize();
        }
    }

    /// <inheritdoc/>
    public void ReadLargest(Tensor x, Span<RankedValue> largest)
    {
        Begin();
        _ = Own(x);
        var count = OperandShapes.ReadLargest(x, largest.Length);
        if (count <= LargestKernel.MostKept)
        {
            _largest.Read(Matrix(x), x.Rows, x.Columns, count, largest);
            return;
        }

        // So many that they are cheaper to find where they go.
        var row = new float[x.Columns];
        for (var t = 0; t < x.Rows; t++)
        {
            Read(x.SliceRows(t, 1), row);
            RankedValue.Largest(row, largest.Slice(t * count, count));
        }
    }

    /// <inheritdoc/>
    public void Embed(Weight table, ReadOnlySpan<int> tokens, Tensor y)
    {
        Begin();
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
        Begin();
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
        Begin();
        OperandShapes.RmsNorm(x, gain, y);
        if (gain.Columns == x.Columns && x.Rows > 0)
        {
            _norm.Hold(Matrix(x), Matrix(gain), epsilon, Matrix(y), y);
        }
        else
        {
            _elements.RmsNorm(Matrix(x), x.Rows, x.Columns, Matrix(gain), gain.Columns, epsilon, Matrix(y));
        }
    }

    /// <inheritdoc/>
    public void MatMul(Tensor x, params ReadOnlySpan<Projection> projections)
    {
        _device.Bind(); // A norm may be held for it.
        _ropes.Release();
        var input = Matrix(x);
        OperandShapes.MatMul(x, projections);
        foreach (var projection in projections)
        {
            Check(projection);
        }

        if (x.Rows > 0)
        {
            _products.Run(input, x, projections);
        }
    }

    /// <inheritdoc/>
    public void Rope(Tensor x, int headLength, RopePairing pairing, Tensor rotation)
    {
        BeginAfterNorm();
        OperandShapes.Rope(x, headLength, pairing, rotation);
        var (matrix, angles) = (Matrix(x), Matrix(rotation));
        if (x.Rows > 0 && x.Columns > 0 && rotation.Columns > 0)
        {
            _ropes.Hold(new HeldRopes.Held(matrix, angles, x, headLength, pairing, rotation.Columns / 2, rotation));
        }
    }

    /// <inheritdoc/>
    public void Store(KeyValueCache cache, int layer, Batch batch, Tensor keys, Tensor values)
    {
        BeginAfterNorm();
        var pages = Own(cache);
        OperandShapes.Store(cache, layer, batch, keys, values);
        var (k, v) = (Matrix(keys), Matrix(values));
        if (batch.Count > 0)
        {
            _ropes.Store(pages, pages.Layer(layer), _places.Of(batch), batch, keys, values, k, v);
        }
    }

    /// <inheritdoc/>
    public void Attention(Tensor q, KeyValueCache cache, int layer, Batch batch, float scale, Tensor y)
    {
        Begin();
        var pages = Own(cache);
        OperandShapes.Attention(q, cache, layer, batch, y);
        if (batch.Count == 0)
        {
            return;
        }

        var (queries, output) = (Matrix(q), Matrix(y));
        _quantized.Begin(queries, q.Rows, q.Columns, inTiles: false);
        var quantized = pages.Kernels.QuantizesQueries ? _quantized.Get(PanelLayout.Chunk) : default;
        var together = q.Columns / cache.Shape.HeadLength / cache.Shape.Heads;
        pages.Kernels.Attend(
            queries,
            quantized,
            pages.Layer(layer),
            _places.Of(batch),
            _places.Tiles(batch, together),
            together,
            MostPositions(batch),
            scale,
            output);
    }

    /// <summary>Waits for the device and frees the backend's own memory; tensors, weights and caches are to be freed before.</summary>
    public void Dispose()
    {
        _norm.Drop();
        _ropes.Drop();
        _device.Dispose();
    }

    /// <summary>Frees memory once what was enqueued on it is done.</summary>
    internal void Free(MemoryBuffer memory)
    {
        if (!_device.IsDisposed)
        {
            Begin();
            _device.Free(memory);
        }
    }

    /// <summary>The weight on the device, where it is this backend's.</summary>
    internal DeviceWeight Own(Weight weight) => BackendMemory.Own<DeviceWeight>(weight, this);

    /// <summary>A tensor as kernels see it.</summary>
    internal DeviceMatrix Matrix(Tensor x)
    {
        var storage = Own(x);
        if (x.Rows > MostRows)
        {
            throw new ArgumentException($"a GPU computes at most {MostRows} rows at a time, not {x}");
        }

        return x.Rows == 0 || x.Columns == 0
            ? default // It may begin where the memory ends.
            : new DeviceMatrix(storage.View.SubView(x.Offset, storage.Length - x.Offset), x.RowStride);
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

    /// <summary>Every operation begins so: on the caller's thread, after what was held.</summary>
    private void Begin()
    {
        BeginAfterNorm();
        _ropes.Release();
    }

    private void BeginAfterNorm()
    {
        _device.Bind();
        _norm.Release();
    }

    /// <summary>Rows that lie side by side without a gap.</summary>
    private static int WholeRows(Tensor x) => x.RowStride == x.Columns ? Math.Max(x.Rows, 1) : 1;

    private ArrayView<int> Indices(ReadOnlySpan<int> values)
    {
        var indices = _indices.Get(values.Length);
        _device.Integers.Send(values, indices);
        return indices;
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
                _formats[type] = kernels = FormatKernels.Of(SupportedFormats.Get(type), _device.Accelerator, _cooperation);
            }

            return kernels;
        }
    }

    private DeviceTensor Own(Tensor x) => BackendMemory.Own<DeviceTensor>(x.Storage, this);

    private DeviceCache Own(KeyValueCache cache) => BackendMemory.Own<DeviceCache>(cache, this);
}
