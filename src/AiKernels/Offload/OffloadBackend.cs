using System.Runtime.InteropServices;
using AiKernels.Cache;
using AiKernels.Formats;

namespace AiKernels.Offload;

/// <summary>
/// Two backends as one, for a model that is too large for a device: the host has the first layers, the device all others.
/// Products and attention run where their layer is, everything else where its input is; what an operation needs of the
/// other side goes over before it.
/// </summary>
/// <remarks>
/// <para>
/// Results have the bits that either backend alone would give. A model's step crosses over once, with the residual stream of
/// its tokens and their norm, and one whose embedding is on the device another time before the first layer.
/// </para>
/// <para>
/// What only one of the two can't do, such as more rows than a device takes, is found out when the other's products of the
/// same call may have been made; nothing else has changed then. One thread at a time may call it, except for <see cref="Upload"/> and <see cref="ReadPacked"/>.
/// </para>
/// </remarks>
public sealed class OffloadBackend : IBackend
{
    private const int CopiedAtOnce = 1 << 18;

    private readonly IBackend _host, _device;
    private readonly int _hostLayers;
    private Projection[] _projections = new Projection[4];
    private float[] _passing = [];
    private bool _disposed;

    /// <summary>Puts the first layers of models on one backend and the rest on another.</summary>
    /// <param name="host">Where the first layers go. It is disposed with this backend.</param>
    /// <param name="device">Where the others go, and the output projection. It is disposed with this backend.</param>
    /// <param name="hostLayers">How many the host has.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public OffloadBackend(IBackend host, IBackend device, int hostLayers)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfNegative(hostLayers);
        (_host, _device, _hostLayers) = (host, device, hostLayers);
    }

    /// <summary>Floats that have gone over from one side to the other.</summary>
    internal long Crossed { get; private set; }

    /// <inheritdoc/>
    public string Description =>
        $"{_device.Description}, and the first {(_hostLayers == 1 ? "layer" : $"{_hostLayers} layers")} on {_host.Description}";

    /// <inheritdoc/>
    public Tensor Allocate(int rows, int columns)
    {
        var host = _host.Allocate(rows, columns);
        try
        {
            return new Tensor(new MirroredStorage(this, host.Storage, _device.Allocate(rows, columns).Storage), rows, columns);
        }
        catch
        {
            host.Storage.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Weight AllocateWeight(GgmlType type, int rows, int columns, int layer = 0)
    {
        var side = SideOf(layer);
        return new PlacedWeight(this, On(side).AllocateWeight(type, rows, columns, layer), side);
    }

    /// <inheritdoc/>
    public long WeightBytes(GgmlType type, int rows, int columns, int layer = 0) =>
        On(SideOf(layer)).WeightBytes(type, rows, columns, layer);

    /// <inheritdoc/>
    public void Upload(Weight weight, int firstRow, ReadOnlySpan<byte> rows)
    {
        var own = Own(weight);
        On(own.Side).Upload(own.Placed, firstRow, rows);
    }

    /// <inheritdoc/>
    public string? PackedLayout => _host.PackedLayout == _device.PackedLayout ? _host.PackedLayout : null;

    /// <inheritdoc/>
    public Weight? AdoptWeight(GgmlType type, int rows, int columns, SafeBuffer memory, long offset, long length, int layer = 0)
    {
        var side = SideOf(layer);
        return On(side).AdoptWeight(type, rows, columns, memory, offset, length, layer) is { } weight
            ? new PlacedWeight(this, weight, side)
            : null;
    }

    /// <inheritdoc/>
    public void ReadPacked(Weight weight, long offset, Span<byte> destination)
    {
        var own = Own(weight);
        On(own.Side).ReadPacked(own.Placed, offset, destination);
    }

    /// <inheritdoc/>
    public KeyValueCache AllocateCache(KeyValueShape shape, int pages)
    {
        shape.Validate();
        var hostLayers = Math.Min(_hostLayers, shape.Layers);
        var host = hostLayers > 0 ? _host.AllocateCache(shape with { Layers = hostLayers }, pages) : null;
        try
        {
            var device = hostLayers < shape.Layers ? _device.AllocateCache(shape with { Layers = shape.Layers - hostLayers }, pages) : null;
            return new DividedCache(this, shape, pages, host, device);
        }
        catch
        {
            host?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void CopyPage(KeyValueCache cache, int source, int target)
    {
        var pages = Own(cache);
        OperandShapes.CopyPage(cache, source, target);
        foreach (var part in pages.Parts)
        {
            part.Backend.CopyPage(part, source, target);
        }
    }

    /// <inheritdoc/>
    public void ClearPage(KeyValueCache cache, int page)
    {
        var pages = Own(cache);
        OperandShapes.Page(cache, page);
        foreach (var part in pages.Parts)
        {
            part.Backend.ClearPage(part, page);
        }
    }

    /// <inheritdoc/>
    public void ReadPage(KeyValueCache cache, int page, int positions, Span<byte> image)
    {
        var pages = Own(cache);
        OperandShapes.PageImage(cache, page, positions, image.Length);
        foreach (var part in pages.Parts)
        {
            var length = (int)part.Shape.ImageBytes(positions);
            part.Backend.ReadPage(part, page, positions, image[..length]);
            image = image[length..];
        }
    }

    /// <inheritdoc/>
    public void WritePage(KeyValueCache cache, int page, int positions, ReadOnlySpan<byte> image)
    {
        var pages = Own(cache);
        OperandShapes.PageImage(cache, page, positions, image.Length);
        foreach (var part in pages.Parts)
        {
            var length = (int)part.Shape.ImageBytes(positions);
            part.Backend.WritePage(part, page, positions, image[..length]);
            image = image[length..];
        }
    }

    /// <inheritdoc/>
    public void Write(Tensor x, ReadOnlySpan<float> values)
    {
        var storage = Own(x);
        OperandShapes.Copy(x, values.Length);
        _host.Write(storage.Output(x, Side.Host), values);
        storage.Written(x, Side.Host);
        _device.Write(storage.On(x, Side.Device), values);
        storage.WrittenTwice(x); // If only the first is, that is known, too.
    }

    /// <inheritdoc/>
    public void Read(Tensor x, Span<float> values)
    {
        var storage = Own(x);
        var side = storage.SideOf(x);
        On(side).Read(storage.Input(x, side), values);
    }

    /// <inheritdoc/>
    public void ReadLargest(Tensor x, Span<RankedValue> largest)
    {
        var storage = Own(x);
        var side = storage.SideOf(x);
        On(side).ReadLargest(storage.Input(x, side), largest);
    }

    /// <inheritdoc/>
    public void Embed(Weight table, ReadOnlySpan<int> tokens, Tensor y)
    {
        var (own, output) = (Own(table), Own(y));
        OperandShapes.Embed(table, tokens, y);
        On(own.Side).Embed(own.Placed, tokens, output.Output(y, own.Side));
        output.Written(y, own.Side);
        if (_hostLayers > 0)
        {
            output.Move(y, Side.Host); // Where a model goes on, norms included.
        }
    }

    /// <inheritdoc/>
    public void Gather(Tensor x, ReadOnlySpan<int> rows, Tensor y)
    {
        var (input, output) = (Own(x), Own(y));
        OperandShapes.Gather(x, rows, y);
        var side = input.SideOf(x);
        On(side).Gather(input.Input(x, side), rows, output.Output(y, side));
        output.Written(y, side);
    }

    /// <inheritdoc/>
    public void RmsNorm(Tensor x, Tensor gain, float epsilon, Tensor y)
    {
        var (input, gains, output) = (Own(x), Own(gain), Own(y));
        OperandShapes.RmsNorm(x, gain, y);
        var side = input.SideOf(x);
        On(side).RmsNorm(input.Input(x, side), gains.Input(gain, side), epsilon, output.Output(y, side));
        output.Written(y, side);
    }

    /// <inheritdoc/>
    public void MatMul(Tensor x, params ReadOnlySpan<Projection> projections)
    {
        var input = Own(x);
        foreach (var projection in projections)
        {
            Check(projection);
        }

        OperandShapes.MatMul(x, projections);
        MatMul(x, input, projections, Side.Host);
        MatMul(x, input, projections, Side.Device);
    }

    /// <inheritdoc/>
    public void Rope(Tensor x, int headLength, RopePairing pairing, Tensor rotation)
    {
        var (storage, angles) = (Own(x), Own(rotation));
        OperandShapes.Rope(x, headLength, pairing, rotation);
        var side = storage.SideOf(x);
        _ = storage.Input(x, side);
        On(side).Rope(storage.Output(x, side), headLength, pairing, angles.Input(rotation, side));
        storage.Written(x, side);
    }

    /// <inheritdoc/>
    public void HadamardTransform(Tensor x, int headLength)
    {
        var storage = Own(x);
        OperandShapes.HadamardTransform(x, headLength);
        var side = storage.SideOf(x);
        _ = storage.Input(x, side);
        On(side).HadamardTransform(storage.Output(x, side), headLength);
        storage.Written(x, side);
    }

    /// <inheritdoc/>
    public void Store(KeyValueCache cache, int layer, Batch batch, Tensor keys, Tensor values)
    {
        var (pages, k, v) = (Own(cache), Own(keys), Own(values));
        OperandShapes.Store(cache, layer, batch, keys, values);
        var side = SideOf(layer);
        var (part, itsLayer) = pages.Of(layer);
        On(side).Store(part, itsLayer, batch, k.Input(keys, side), v.Input(values, side));
    }

    /// <inheritdoc/>
    public void Attention(Tensor q, KeyValueCache cache, int layer, Batch batch, float scale, Tensor y)
    {
        var (pages, queries, output) = (Own(cache), Own(q), Own(y));
        OperandShapes.Attention(q, cache, layer, batch, y);
        var side = SideOf(layer);
        var (part, itsLayer) = pages.Of(layer);
        On(side).Attention(queries.Input(q, side), part, itsLayer, batch, scale, output.Output(y, side));
        output.Written(y, side);
    }

    /// <summary>Disposes both backends; tensors, weights and caches are to be freed before.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            try
            {
                _device.Dispose();
            }
            finally
            {
                _host.Dispose();
            }
        }
    }

    /// <summary>Copies floats from the memory of one side to the other's, a piece at a time.</summary>
    internal void Copy(TensorStorage from, TensorStorage to, long start, long end)
    {
        Crossed += end - start;
        for (var length = 0; start < end; start += length)
        {
            length = (int)Math.Min(end - start, CopiedAtOnce);
            if (_passing.Length < length)
            {
                _passing = new float[length];
            }

            var piece = _passing.AsSpan(0, length);
            from.Backend.Read(new Tensor(from, start, 1, length, length), piece);
            to.Backend.Write(new Tensor(to, start, 1, length, length), piece);
        }
    }

    private Side SideOf(int layer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        return layer < _hostLayers ? Side.Host : Side.Device;
    }

    private IBackend On(Side side) => side == Side.Host ? _host : _device;

    /// <summary>The products whose weights are on one side.</summary>
    private void MatMul(Tensor x, MirroredStorage input, ReadOnlySpan<Projection> projections, Side side)
    {
        if (_projections.Length < projections.Length)
        {
            _projections = new Projection[projections.Length];
        }

        var count = 0;
        try
        {
            foreach (var (weight, output, bias, accumulate, gate) in projections)
            {
                if (Own(weight) is var own && own.Side == side)
                {
                    var target = Own(output);
                    if (accumulate)
                    {
                        target.Input(output, side);
                    }

                    _projections[count++] = new Projection(
                        own.Placed,
                        target.Output(output, side),
                        bias is { } b ? Own(b).Input(b, side) : null,
                        accumulate,
                        gate is null ? null : Own(gate).Placed);
                }
            }

            if (count > 0)
            {
                On(side).MatMul(input.Input(x, side), _projections.AsSpan(0, count));
                foreach (var projection in projections)
                {
                    if (Own(projection.Weight).Side == side)
                    {
                        Own(projection.Output).Written(projection.Output, side);
                    }
                }
            }
        }
        finally
        {
            Array.Clear(_projections); // Or the last call's weights could not be collected.
        }
    }

    private void Check(in Projection projection)
    {
        var weight = Own(projection.Weight);
        _ = Own(projection.Output);
        _ = projection.Bias is { } bias ? Own(bias) : null;
        if (projection.Gate is { } gate && Own(gate).Side != weight.Side)
        {
            throw new ArgumentException($"MatMul: {weight} and its gate are of layers on different devices");
        }
    }

    private MirroredStorage Own(Tensor x) => Own<MirroredStorage>(x.Storage);

    private PlacedWeight Own(Weight weight) => Own<PlacedWeight>(weight);

    private DividedCache Own(KeyValueCache cache) => Own<DividedCache>(cache);

    private T Own<T>(BackendMemory operand)
        where T : BackendMemory
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return BackendMemory.Own<T>(operand, this);
    }
}
