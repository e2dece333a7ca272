using AiKernels.Cache;
using AiKernels.Formats;

namespace AiKernels.Reference;

/// <summary>
/// docs/ARITHMETIC.md as a program: every operation as the scalar loop that defines it, on weights as the file stores
/// them. Slow, and short enough to check with a pencil; every other backend gives the same bits.
/// </summary>
/// <remarks>One thread at a time may call it.</remarks>
public sealed class ReferenceBackend : IBackend
{
    /// <inheritdoc/>
    public string Description => "reference, scalar";

    /// <inheritdoc/>
    public Tensor Allocate(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        return new Tensor(new Storage(this, new float[(long)rows * columns]), rows, columns);
    }

    /// <inheritdoc/>
    public Weight AllocateWeight(GgmlType type, int rows, int columns)
    {
        OperandShapes.Weight(type, rows, columns);
        return new StoredWeight(this, SupportedFormats.Get(type), rows, columns);
    }

    /// <inheritdoc/>
    public void Upload(Weight weight, int firstRow, ReadOnlySpan<byte> rows)
    {
        _ = OperandShapes.Upload(weight, firstRow, rows.Length);
        rows.CopyTo(Own(weight).Stored.AsSpan(checked((int)(firstRow * weight.Type.RowBytes(weight.Columns)))));
    }

    /// <inheritdoc/>
    public KeyValueCache AllocateCache(KeyValueShape shape, int pages)
    {
        shape.Validate();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pages);
        return new Positions(this, shape, pages);
    }

    /// <inheritdoc/>
    public void Write(Tensor x, ReadOnlySpan<float> values)
    {
        OperandShapes.Copy(x, values.Length);
        for (var t = 0; t < x.Rows; t++)
        {
            values.Slice(t * x.Columns, x.Columns).CopyTo(Row(x, t));
        }
    }

    /// <inheritdoc/>
    public void Read(Tensor x, Span<float> values)
    {
        OperandShapes.Copy(x, values.Length);
        for (var t = 0; t < x.Rows; t++)
        {
            Row(x, t).CopyTo(values.Slice(t * x.Columns, x.Columns));
        }
    }

    /// <inheritdoc/>
    public void Embed(Weight table, ReadOnlySpan<int> tokens, Tensor y)
    {
        OperandShapes.Embed(table, tokens, y);
        for (var t = 0; t < tokens.Length; t++)
        {
            Own(table).Format.Dequantize(Own(table).Row(tokens[t]), Row(y, t));
        }
    }

    /// <inheritdoc/>
    public void Gather(Tensor x, ReadOnlySpan<int> rows, Tensor y)
    {
        OperandShapes.Gather(x, rows, y);
        for (var i = 0; i < rows.Length; i++)
        {
            Row(x, rows[i]).CopyTo(Row(y, i));
        }
    }

    /// <inheritdoc/>
    public void RmsNorm(Tensor x, Tensor gain, float epsilon, Tensor y)
    {
        OperandShapes.RmsNorm(x, gain, y);
        for (var t = 0; t < x.Rows; t++)
        {
            for (var start = 0; start < x.Columns; start += gain.Columns)
            {
                ReferenceArithmetic.RmsNorm(
                    Row(x, t).Slice(start, gain.Columns), Row(gain, 0), epsilon, Row(y, t).Slice(start, gain.Columns));
            }
        }
    }

    /// <inheritdoc/>
    public void MatMul(Tensor x, params ReadOnlySpan<Projection> projections)
    {
        OperandShapes.MatMul(x, projections);
        foreach (var (weight, y, bias, accumulate) in projections)
        {
            for (var t = 0; t < x.Rows; t++)
            {
                var products = Own(weight).Multiply(Row(x, t));
                var row = Row(y, t);
                for (var n = 0; n < weight.Rows; n++)
                {
                    var value = bias is { } b ? products[n] + Row(b, 0)[n] : products[n];
                    row[n] = accumulate ? row[n] + value : value;
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Rope(Tensor x, int headLength, RopePairing pairing, Tensor rotation)
    {
        OperandShapes.Rope(x, headLength, pairing, rotation);
        for (var t = 0; t < x.Rows; t++)
        {
            for (var start = 0; start < x.Columns; start += headLength)
            {
                ReferenceArithmetic.Rope(Row(x, t).Slice(start, headLength), pairing, Row(rotation, t));
            }
        }
    }

    /// <inheritdoc/>
    public void GatedSilu(Tensor gate, Tensor up, Tensor y)
    {
        OperandShapes.GatedSilu(gate, up, y);
        for (var t = 0; t < y.Rows; t++)
        {
            for (var n = 0; n < y.Columns; n++)
            {
                var g = Row(gate, t)[n];
                Row(y, t)[n] = g / (1 + ReferenceArithmetic.Exp(-g)) * Row(up, t)[n];
            }
        }
    }

    /// <inheritdoc/>
    public void Store(KeyValueCache cache, int layer, Batch batch, Tensor keys, Tensor values)
    {
        OperandShapes.Store(cache, layer, batch, keys, values);
        for (var t = 0; t < batch.Count; t++)
        {
            for (var head = 0; head < cache.Shape.Heads; head++)
            {
                var (key, value) = Own(cache).Vectors(layer, head, batch.Tables[t], batch.Positions[t]);
                Round(cache.Shape.Type, Row(keys, t).Slice(head * cache.Shape.HeadLength, key.Length), key);
                Round(cache.Shape.Type, Row(values, t).Slice(head * cache.Shape.HeadLength, key.Length), value);
            }
        }
    }

    /// <inheritdoc/>
    public void Attention(Tensor q, KeyValueCache cache, int layer, Batch batch, float scale, Tensor y)
    {
        OperandShapes.Attention(q, cache, layer, batch, y);
        var (length, heads) = (cache.Shape.HeadLength, q.Columns / cache.Shape.HeadLength);
        for (var t = 0; t < batch.Count; t++)
        {
            for (var h = 0; h < heads; h++)
            {
                var (token, shared) = (t, h * cache.Shape.Heads / heads);
                ReferenceAttention.Attend(
                    Row(q, t).Slice(h * length, length),
                    batch.Positions[t] + 1,
                    position => Own(cache).Vectors(layer, shared, batch.Tables[token], position),
                    scale,
                    Row(y, t).Slice(h * length, length));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static void Round(GgmlType type, ReadOnlySpan<float> values, Span<float> rounded)
    {
        var format = SupportedFormats.Get(type);
        Span<byte> stored = new byte[type.RowBytes(values.Length)];
        format.Quantize(values, stored);
        format.Dequantize(stored, rounded);
    }

    private Span<float> Row(Tensor x, int row) =>
        (x.Storage as Storage is { } storage && storage.Backend == this ? storage : throw Foreign())
            .Values.AsSpan((int)x.Offset + (row * x.RowStride), x.Columns);

    private StoredWeight Own(Weight weight) => weight.Backend == this ? (StoredWeight)weight : throw Foreign();

    private Positions Own(KeyValueCache cache) => cache.Backend == this ? (Positions)cache : throw Foreign();

    private static ArgumentException Foreign() => new("an operand belongs to another backend");

    private sealed class Storage(IBackend backend, float[] values) : TensorStorage
    {
        private float[]? _values = values;

        public float[] Values => _values ?? throw new ObjectDisposedException("tensor");

        public override IBackend Backend => backend;

        public override long Length => Values.Length;

        protected override void Free() => _values = null;
    }

    private sealed class Positions(IBackend backend, KeyValueShape shape, int pages) : KeyValueCache(shape, pages)
    {
        private float[]? _values = new float[2L * pages * shape.Layers * shape.Heads * shape.HeadElements];

        public override IBackend Backend => backend;

        /// <summary>The key [D] and the value [D] of a position.</summary>
        public VectorPair Vectors(int layer, int head, BlockTable table, int position)
        {
            long slot = (table.Pages[position / Shape.PageLength] * (long)Shape.PageLength) + (position % Shape.PageLength);
            var start = (((slot * Shape.Layers) + layer) * Shape.Heads + head) * 2 * Shape.HeadLength;
            var both = (_values ?? throw new ObjectDisposedException("cache")).AsSpan((int)start, 2 * Shape.HeadLength);
            return new VectorPair(both[..Shape.HeadLength], both[Shape.HeadLength..]);
        }

        protected override void Free() => _values = null;
    }
}
