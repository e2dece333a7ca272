using AiKernels.Cache;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>
/// Attention of a tile's rows, one for each token and query head of a group, over one segment of one key/value head:
/// scores q k^T, their softmax, the weighted sum of v. Keys and values are loaded once for all rows.
/// </summary>
internal readonly unsafe struct SegmentAttention<TElement, TSimd, TRegister>(
    Matrix q, CpuKeyValueCache cache, int layer, Batch batch, FloatProduct product, float scale)
    where TElement : unmanaged, IFloatFormat<TElement>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const int Segment = KeyValueShape.SegmentLength;

    /// <summary>D.</summary>
    public int Length { get; } = cache.Shape.HeadLength;

    /// <summary>D, padded.</summary>
    public int Width { get; } = FloatProduct.Padded(cache.Shape.HeadLength);

    /// <summary>Query heads that share a key/value head.</summary>
    public int Group { get; } = q.Columns / (cache.Shape.Heads * cache.Shape.HeadLength);

    public int Heads => cache.Shape.Heads;

    /// <summary>Floats of a tile's queries, and of what one segment of it needs besides.</summary>
    public long QueryFloats(int tokens) => (long)tokens * Group * Length;

    public long ScratchFloats(int tokens) => ((long)tokens * Group * Segment) + ((long)Length * Segment) + ((long)Segment * Width);

    /// <summary>The tile's queries, [tokens][group] rows of D.</summary>
    public void Gather(QueryTile tile, int head, float* queries)
    {
        var row = Group * Length;
        for (var token = 0; token < tile.Tokens; token++)
        {
            new ReadOnlySpan<float>(q.Row(tile.First + token) + (head * row), row)
                .CopyTo(new Span<float>(queries + ((long)token * row), row));
        }
    }

    /// <summary>The states of the tile's rows from token <paramref name="first"/> on, the first that sees the segment.</summary>
    public void Run(QueryTile tile, int head, int start, int first, float* queries, float* scratch, SoftmaxStates states)
    {
        var keys = Keys(tile, head, start);
        var values = keys + cache.Shape.HeadElements + (start % cache.Shape.PageLength * (Length - 1));
        var (firstRow, rows) = (first * Group, (tile.Tokens - first) * Group);
        var weights = scratch;
        var room = weights + ((long)tile.Tokens * Group * Segment);

        var loaded = Load(keys, Length, Segment, cache.Shape.PageLength, Segment, room, values);
        product.Multiply(queries + ((long)firstRow * Length), Length, rows, loaded, Segment, Length, weights);
        for (var row = 0; row < rows; row++)
        {
            SegmentSoftmax<TSimd, TRegister>.Run(
                weights + (row * Segment),
                tile.Count((firstRow + row) / Group, start),
                scale,
                out states.Maxima[firstRow + row],
                out states.Sums[firstRow + row]);
        }

        var next = start + Segment < tile.Positions ? Keys(tile, head, start + Segment) : keys;
        loaded = Load(values, tile.Count(tile.Tokens - 1, start), Length, Length, Width, room, next);
        Weigh(tile, start, first, weights, loaded, states.From(firstRow).Outputs);
    }

    /// <summary>y = o / l.</summary>
    public void Finish(QueryTile tile, int head, SoftmaxStates states, Matrix y)
    {
        for (var row = 0; row < tile.Tokens * Group; row++)
        {
            var channel = ((head * Group) + (row % Group)) * Length;
            var target = y.Row(tile.First + (row / Group)) + channel;
            var state = states.From(row);
            var d = Divide<TSimd, TRegister>(state.Outputs, state.Sums[0], target, 0);
            Divide<Scalar, int>(state.Outputs, state.Sums[0], target, d);
        }
    }

    /// <summary>k [D][P], transposed, from a segment's first position on; v follows, [P][D].</summary>
    private TElement* Keys(QueryTile tile, int head, int start)
    {
        var page = batch.Tables[tile.First].Pages[start / cache.Shape.PageLength];
        return (TElement*)cache.Head(page, layer, head) + (start % cache.Shape.PageLength);
    }

    /// <summary>o = sum of weight v over the positions that a token sees: others may hold what no product bears.</summary>
    private void Weigh(QueryTile tile, int start, int first, float* weights, float* values, float* outputs)
    {
        // Tokens ascend: where the first one sees the whole segment, all do.
        var together = tile.Count(first, start) == Segment ? tile.Tokens - first : 1;
        for (var token = first; token < tile.Tokens; token += together)
        {
            var row = (long)(token - first) * Group;
            product.Multiply(
                weights + (row * Segment), Segment, together * Group, values, Width, tile.Count(token, start), outputs + (row * Width));
        }
    }

    /// <summary>
    /// Rows of elements as floats [rows][width], in <paramref name="room"/> unless they lie so already;
    /// <paramref name="next"/> will be loaded next.
    /// </summary>
    private float* Load(TElement* elements, int rows, int columns, int stride, int width, float* room, TElement* next)
    {
        if (sizeof(TElement) == sizeof(float) && stride == width)
        {
            return (float*)elements;
        }

        if (stride == width && rows * columns % FloatProduct.WidenBlock == 0)
        {
            LoadRow(elements, rows * columns, room, next); // All at once.
            return room;
        }

        for (var row = 0; row < rows; row++)
        {
            LoadRow(elements + ((long)row * stride), columns, room + ((long)row * width), next + ((long)row * columns));
            new Span<float>(room + ((long)row * width) + columns, width - columns).Clear();
        }

        return room;
    }

    private void LoadRow(TElement* elements, int count, float* floats, TElement* next)
    {
        if (sizeof(TElement) == sizeof(float))
        {
            new ReadOnlySpan<float>(elements, count).CopyTo(new Span<float>(floats, count));
            return;
        }

        var whole = count / FloatProduct.WidenBlock * FloatProduct.WidenBlock;
        if (whole > 0)
        {
            product.Widen((ushort*)elements, floats, whole, next);
        }

        for (var i = whole; i < count; i++)
        {
            floats[i] = TElement.Value(elements[i]);
        }
    }

    private int Divide<TLanes, TAny>(float* output, float sum, float* target, int d)
        where TLanes : ISimd<TAny>
        where TAny : unmanaged
    {
        for (; d + TLanes.Lanes <= Length; d += TLanes.Lanes)
        {
            TLanes.Store(target + d, TLanes.Divide(TLanes.Load(output + d), TLanes.Broadcast(sum)));
        }

        return d;
    }
}
