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
    public Weight AllocateWeight(GgmlType type, int rows, int columns, int layer = 0)
    {
        OperandShapes.Weight(type, rows, columns);
        return new StoredWeight(this, SupportedFormats.Get(type), rows, columns);
    }

    /// <inheritdoc/>
    public long WeightBytes(GgmlType type, int rows, int columns, int layer = 0)
    {
        OperandShapes.Weight(type, rows, columns);
        return SupportedFormats.Get(type).Type.RowBytes(columns) * rows;
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
    public void CopyPage(KeyValueCache cache, int source, int target)
    {
        var positions = Own(cache);
        OperandShapes.CopyPage(cache, source, target);
        positions.Keys(source).CopyTo(positions.Keys(target));
        positions.Values(source).CopyTo(positions.Values(target));
    }

    /// <inheritdoc/>
    public void ClearPage(KeyValueCache cache, int page)
    {
        var positions = Own(cache);
        OperandShapes.Page(cache, page);
        positions.Keys(page).Clear();
        positions.Values(page).Clear();
    }

    /// <inheritdoc/>
    public void ReadPage(KeyValueCache cache, int page, int positions, Span<byte> image)
    {
        var pages = Own(cache);
        OperandShapes.PageImage(cache, page, positions, image.Length);
        foreach (var row in pages.ImageRows(page, positions))
        {
            row.Span.CopyTo(image);
            image = image[row.Length..];
        }
    }

    /// <inheritdoc/>
    public void WritePage(KeyValueCache cache, int page, int positions, ReadOnlySpan<byte> image)
    {
        var pages = Own(cache);
        OperandShapes.PageImage(cache, page, positions, image.Length);
        foreach (var row in pages.ImageRows(page, positions))
        {
            image[..row.Length].CopyTo(row.Span);
            image = image[row.Length..];
        }
    }

    /// <inheritdoc/>
    public void Write(Tensor x, ReadOnlySpan<float> values)
    {
        _ = Own(x);
        OperandShapes.Copy(x, values.Length);
        for (var t = 0; t < x.Rows; t++)
        {
            values.Slice(t * x.Columns, x.Columns).CopyTo(Row(x, t));
        }
    }

    /// <inheritdoc/>
    public void Read(Tensor x, Span<float> values)
    {
        _ = Own(x);
        OperandShapes.Copy(x, values.Length);
        for (var t = 0; t < x.Rows; t++)
        {
            Row(x, t).CopyTo(values.Slice(t * x.Columns, x.Columns));
        }
    }

    /// <inheritdoc/>
    public void ReadLargest(Tensor x, Span<RankedValue> largest)
    {
        var count = OperandShapes.ReadLargest(x, largest.Length);
        for (var t = 0; t < x.Rows; t++)
        {
            // A stable order: equals stay as they were.
            var ranked = Row(x, t).ToArray().Select((value, i) => (Value: float.IsNaN(value) ? float.NegativeInfinity : value, Index: i))
                .OrderByDescending(pair => pair.Value).Take(count).Select(pair => new RankedValue(pair.Value, pair.Index));
            ranked.ToArray().CopyTo(largest[(t * count)..]);
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
        foreach (var (weight, y, bias, accumulate, gate) in projections)
        {
            for (var t = 0; t < x.Rows; t++)
            {
                var products = Own(weight).Multiply(Row(x, t));
                var gates = gate is null ? null : Own(gate).Multiply(Row(x, t));
                var row = Row(y, t);
                for (var n = 0; n < weight.Rows; n++)
                {
                    if (gates is not null)
                    {
                        products[n] = gates[n] / (1 + ReferenceArithmetic.Exp(-gates[n])) * products[n];
                    }

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
    public void HadamardTransform(Tensor x, int headLength)
    {
        OperandShapes.HadamardTransform(x, headLength);
        for (var t = 0; t < x.Rows; t++)
        {
            for (var start = 0; start < x.Columns; start += headLength)
            {
                ReferenceArithmetic.HadamardTransform(Row(x, t).Slice(start, headLength));
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
                var (start, length) = (head * cache.Shape.HeadLength, cache.Shape.HeadLength);
                Own(cache).Store(
                    layer, head, batch.Tables[t], batch.Positions[t], Row(keys, t).Slice(start, length), Row(values, t).Slice(start, length));
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
                var (shared, table, query) = (h * cache.Shape.Heads / heads, batch.Tables[t], Row(q, t).Slice(h * length, length).ToArray());
                ReferenceAttention.Attend(
                    batch.Positions[t] + 1,
                    position => Own(cache).Score(layer, shared, table, position, query),
                    position => Own(cache).Value(layer, shared, table, position),
                    scale,
                    Row(y, t).Slice(h * length, length));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private Span<float> Row(Tensor x, int row) =>
        Own(x).Values.AsSpan((int)x.Offset + (row * x.RowStride), x.Columns);

    private Storage Own(Tensor x) => BackendMemory.Own<Storage>(x.Storage, this);

    private StoredWeight Own(Weight weight) => BackendMemory.Own<StoredWeight>(weight, this);

    private Positions Own(KeyValueCache cache) => BackendMemory.Own<Positions>(cache, this);

    private sealed class Storage(IBackend backend, float[] values) : TensorStorage
    {
        public float[] Values { get; private set; } = values;

        public override IBackend Backend => backend;

        public override long Length { get; } = values.Length;

        protected override void Free() => Values = [];
    }

    /// <summary>Keys and values as stored: a key is a weight's row, and its score a query's product with it.</summary>
    private sealed class Positions(IBackend backend, KeyValueShape shape, int pages) : KeyValueCache(shape, pages)
    {
        private readonly StoredWeight _keys = Allocate(backend, shape, pages), _values = Allocate(backend, shape, pages);

        public override IBackend Backend => backend;

        public void Store(
            int layer, int head, BlockTable table, int position, ReadOnlySpan<float> key, ReadOnlySpan<float> value)
        {
            var row = Row(layer, head, table, position);
            _keys.Store(row, key);
            _values.Store(row, value);
        }

        /// <summary>q k^T of one position.</summary>
        public float Score(int layer, int head, BlockTable table, int position, float[] query) =>
            _keys.Multiply(query, Row(layer, head, table, position), 1)[0];

        public float[] Value(int layer, int head, BlockTable table, int position)
        {
            var value = new float[Shape.HeadLength];
            _values.Format.Dequantize(_values.Row(Row(layer, head, table, position)), value);
            return value;
        }

        /// <summary>All keys of a page.</summary>
        public Span<byte> Keys(int page) => Page(_keys, page);

        /// <summary>All values of a page.</summary>
        public Span<byte> Values(int page) => Page(_values, page);

        /// <summary>What an image of a page's first positions has, in its order: of each layer and head keys, then values.</summary>
        public IEnumerable<Memory<byte>> ImageRows(int page, int positions)
        {
            for (var head = 0; head < Shape.Layers * Shape.Heads; head++)
            {
                foreach (var rows in (StoredWeight[])[_keys, _values])
                {
                    for (var position = 0; position < positions; position++)
                    {
                        yield return rows.RowMemory((((page * Shape.PageLength) + position) * Shape.Layers * Shape.Heads) + head);
                    }
                }
            }
        }

        protected override void Free()
        {
            _keys.Dispose();
            _values.Dispose();
        }

        private static StoredWeight Allocate(IBackend backend, KeyValueShape shape, int pages) => new(
            backend, SupportedFormats.Get(shape.Type), checked(pages * shape.PageLength * shape.Layers * shape.Heads), shape.HeadLength);

        private Span<byte> Page(StoredWeight rows, int page)
        {
            var length = (int)(Shape.PageBytes / 2);
            return rows.Stored.AsSpan(page * length, length);
        }

        private int Row(int layer, int head, BlockTable table, int position)
        {
            var slot = (table.Pages[position / Shape.PageLength] * Shape.PageLength) + (position % Shape.PageLength);
            return (((slot * Shape.Layers) + layer) * Shape.Heads) + head;
        }
    }
}
