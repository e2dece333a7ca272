using System.Runtime.InteropServices;
using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Attention;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Products;
using AiKernels.Gpu.Kernels.Rows;
using AiKernels.Gpu.Memory;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace AiKernels.Gpu;

/// <summary>
/// A graphics processor as a backend: checks operands, then enqueues kernels. Nothing but what reads waits; what
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
    private readonly Transfers _transfers;
    private readonly PageImages _images;
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
        _largest = new Largest(this, _device, _elements);
        _transfers = new Transfers(_device);
        _images = new PageImages(_device);
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
    public Weight AllocateWeight(GgmlType type, int rows, int columns, int layer = 0) => Allocate(type, rows, columns, isZeroed: true);

    /// <inheritdoc/>
    public long WeightBytes(GgmlType type, int rows, int columns, int layer = 0)
    {
        OperandShapes.Weight(type, rows, columns);
        return DeviceWeight.Length(Kernels(type), rows, columns) * sizeof(int);
    }

    /// <inheritdoc/>
    public void Upload(Weight weight, int firstRow, ReadOnlySpan<byte> rows) => _transfers.Upload(Own(weight), firstRow, rows);

    /// <inheritdoc/>
    public string? PackedLayout => BitConverter.IsLittleEndian ? PanelLayout.Name : null;

    /// <summary>Copies the bytes to the device; the memory is not needed afterwards.</summary>
    /// <inheritdoc/>
    public Weight? AdoptWeight(GgmlType type, int rows, int columns, SafeBuffer memory, long offset, long length, int layer = 0)
    {
        ArgumentNullException.ThrowIfNull(memory);
        if (PackedLayout is null || offset < 0 || length != WeightBytes(type, rows, columns)
            || (ulong)length > memory.ByteLength || (ulong)offset > memory.ByteLength - (ulong)length)
        {
            return null;
        }

        var weight = Allocate(type, rows, columns, isZeroed: false);
        try
        {
            _transfers.Adopt(weight, memory, offset);
            return weight;
        }
        catch
        {
            weight.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void ReadPacked(Weight weight, long offset, Span<byte> destination) =>
        _transfers.ReadPacked(Own(weight), offset, destination);

    /// <inheritdoc/>
    public KeyValueCache AllocateCache(KeyValueShape shape, int pages)
    {
        shape.Validate();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pages);
        if (shape.HeadLength > KeyValueKernels.LongestHead || shape.Heads > MostRows / Sixteen.Count)
        {
            throw new NotSupportedException(
                $"a GPU takes at most {MostRows / Sixteen.Count} key/value heads of at most {KeyValueKernels.LongestHead} channels, not {shape}");
        }

        if (!_keyValues.TryGetValue(shape.Type, out var kernels))
        {
            _keyValues[shape.Type] = kernels = KeyValueKernels.Of(shape.Type, _device.Accelerator, _states);
        }

        return new DeviceCache(this, kernels, shape, pages, _device.AllocateZeroed<int>(DeviceCache.Length(kernels, shape, pages)));
    }

    /// <inheritdoc/>
    public void CopyPage(KeyValueCache cache, int source, int target)
    {
        Begin();
        var pages = Own(cache);
        OperandShapes.CopyPage(cache, source, target);
        pages.Copy(_device.Accelerator.DefaultStream, source, target);
    }

    /// <inheritdoc/>
    public void ClearPage(KeyValueCache cache, int page)
    {
        Begin();
        var pages = Own(cache);
        OperandShapes.Page(cache, page);
        pages.Clear(_device.Accelerator.DefaultStream, page);
    }

    /// <inheritdoc/>
    public void ReadPage(KeyValueCache cache, int page, int positions, Span<byte> image)
    {
        Begin();
        var pages = Own(cache);
        OperandShapes.PageImage(cache, page, positions, image.Length);
        _images.Read(pages, page, positions, image);
    }

    /// <inheritdoc/>
    public void WritePage(KeyValueCache cache, int page, int positions, ReadOnlySpan<byte> image)
    {
        Begin();
        var pages = Own(cache);
        OperandShapes.PageImage(cache, page, positions, image.Length);
        _images.Write(pages, page, positions, image);
    }

    /// <inheritdoc/>
    public void Write(Tensor x, ReadOnlySpan<float> values)
    {
        Begin();
        _transfers.Write(x, Own(x), values);
    }

    /// <inheritdoc/>
    public void Read(Tensor x, Span<float> values)
    {
        Begin();
        _transfers.Read(x, Own(x), values);
    }

    /// <inheritdoc/>
    public void ReadLargest(Tensor x, Span<RankedValue> largest)
    {
        Begin();
        _ = Own(x);
        var count = OperandShapes.ReadLargest(x, largest.Length);
        if (count > LargestKernel.MostKept)
        {
            _largest.ReadMany(x, count, largest);
        }
        else if (count > 0)
        {
            _largest.Read(Rows(x), x.Rows, x.Columns, count, largest);
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
            var output = Rows(y);
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
            var (source, target) = (Matrix(x), Rows(y));
            _elements.Gather(Indices(rows), source, x.Columns, target);
        }
    }

    /// <inheritdoc/>
    public void RmsNorm(Tensor x, Tensor gain, float epsilon, Tensor y)
    {
        Begin();
        OperandShapes.RmsNorm(x, gain, y);
        var (input, gains, output) = (Matrix(x), Matrix(gain), Rows(y));
        if (gain.Columns == x.Columns && x.Rows > 0)
        {
            _norm.Hold(input, gains, epsilon, output, y);
        }
        else
        {
            _elements.RmsNorm(input, x.Rows, x.Columns, gains, gain.Columns, epsilon, output);
        }
    }

    /// <inheritdoc/>
    public void MatMul(Tensor x, params ReadOnlySpan<Projection> projections)
    {
        _device.Bind(); // A norm may be held for it.
        _ropes.Release();
        var input = Rows(x);
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
        BeginBesideRopes();
        OperandShapes.Rope(x, headLength, pairing, rotation);
        var (matrix, angles) = (Rows(x), Matrix(rotation));
        if (x.Rows > 0 && x.Columns > 0 && rotation.Columns > 0)
        {
            _ropes.Hold(new HeldRopes.Held(x, matrix, rotation, angles, headLength, pairing));
        }
    }

    /// <inheritdoc/>
    public void HadamardTransform(Tensor x, int headLength)
    {
        BeginBesideRopes();
        OperandShapes.HadamardTransform(x, headLength);
        var matrix = Rows(x);
        if (!_ropes.TryTransform(x, headLength))
        {
            _ropes.Release();
            _elements.HadamardTransform(matrix, x.Rows, x.Columns, headLength);
        }
    }

    /// <inheritdoc/>
    public void Store(KeyValueCache cache, int layer, Batch batch, Tensor keys, Tensor values)
    {
        BeginBesideRopes();
        var pages = Own(cache);
        OperandShapes.Store(cache, layer, batch, keys, values);
        var (k, v) = (Rows(keys), Matrix(values));
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

        var (queries, output) = (Matrix(q), Rows(y));
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
        return x.Rows == 0 || x.Columns == 0
            ? default // It may begin where the memory ends.
            : new DeviceMatrix(storage.View.SubView(x.Offset, storage.Length - x.Offset), x.RowStride);
    }

    /// <summary>A tensor of whose rows each is some of a launch's work.</summary>
    private DeviceMatrix Rows(Tensor y) => y.Rows <= MostRows
        ? Matrix(y)
        : throw new ArgumentException($"a GPU computes at most {MostRows} rows at a time, not {y}");

    private DeviceWeight Allocate(GgmlType type, int rows, int columns, bool isZeroed)
    {
        OperandShapes.Weight(type, rows, columns);
        if (PanelLayout.Panels(rows) > MostRows)
        {
            throw new NotSupportedException($"a GPU takes weights of at most {MostRows * PanelLayout.Rows} rows, not {rows}");
        }

        var kernels = Kernels(type);
        var length = DeviceWeight.Length(kernels, rows, columns);
        return new DeviceWeight(
            this, kernels, type, rows, columns, isZeroed ? _device.AllocateZeroed<int>(length) : _device.Allocate<int>(length));
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
        BeginBesideRopes();
        _ropes.Release();
    }

    /// <summary>An operation begins before which queries and keys that wait to be turned may go on waiting.</summary>
    private void BeginBesideRopes()
    {
        _device.Bind();
        _norm.Release();
    }

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
