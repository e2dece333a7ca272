using System.Runtime.CompilerServices;
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
        var shape = cache.Shape;
        var slot = start % shape.PageLength;
        var keys = (TElement*)cache.Head(batch.Tables[tile.First].Pages[start / shape.PageLength], layer, head);
        var values = keys + shape.HeadElements + ((long)slot * Length);
        var (firstRow, rows) = (first * Group, (tile.Tokens - first) * Group);
        var weights = scratch;
        var loaded = weights + ((long)tile.Tokens * Group * Segment);

        LoadKeys(keys + slot, shape.PageLength, loaded);
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

        LoadValues(values, tile.Count(tile.Tokens - 1, start), loaded);
        Weigh(tile, start, first, weights, loaded, states.From(firstRow).Outputs);
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

    /// <summary>k [D][64], transposed as it lies in the page.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LoadKeys(TElement* keys, int pageLength, float* loaded)
    {
        for (var d = 0; d < Length; d++, keys += pageLength, loaded += Segment)
        {
            for (var p = 0; p < Segment; p += TSimd.Lanes)
            {
                TSimd.Store(loaded + p, Lanes<TSimd, TRegister>.LoadFloats(keys + p));
            }
        }
    }

    /// <summary>v [count][width].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LoadValues(TElement* values, int count, float* loaded)
    {
        for (var p = 0; p < count; p++, values += Length, loaded += Width)
        {
            var d = 0;
            for (; d + TSimd.Lanes <= Length; d += TSimd.Lanes)
            {
                TSimd.Store(loaded + d, Lanes<TSimd, TRegister>.LoadFloats(values + d));
            }

            for (; d < Width; d++)
            {
                loaded[d] = d < Length ? TElement.Value(values[d]) : 0;
            }
        }
    }
}
