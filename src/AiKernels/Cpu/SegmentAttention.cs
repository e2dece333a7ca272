using System.Runtime.CompilerServices;
using AiKernels.Cache;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>
/// Attention of a tile's rows, one for each token and query head of a group, over one segment of one key/value head:
/// scores q k^T, their softmax, the weighted sum of v. Keys and values are loaded once for all rows.
/// </summary>
internal readonly unsafe struct SegmentAttention<TReader, TSimd, TRegister>(
    Matrix q, CpuKeyValueCache cache, int layer, Batch batch, TReader reader, SegmentKernel kernel, float scale)
    where TReader : struct, IKeyValueReader
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const int Segment = KeyValueShape.SegmentLength;

    /// <summary>D.</summary>
    public int Length { get; } = cache.Shape.HeadLength;

    /// <summary>D, padded.</summary>
    public int Width { get; } = SegmentKernel.Padded(cache.Shape.HeadLength);

    /// <summary>Query heads that share a key/value head.</summary>
    public int Group { get; } = q.Columns / (cache.Shape.Heads * cache.Shape.HeadLength);

    public int Heads => cache.Shape.Heads;

    /// <summary>Bytes of memory that a tile works in, besides its states.</summary>
    public long Bytes(QueryTile tile) => Place(tile, null).End - (byte*)null;

    /// <summary>Lays that memory out.</summary>
    public TileMemory Place(QueryTile tile, byte* memory)
    {
        var rows = tile.Tokens * Group;
        return new TileMemory(memory, rows, (long)rows * Length, reader.PreparedBytes(rows), (long)rows * Segment, reader.RoomBytes(rows));
    }

    /// <summary>The tile's queries, [tokens][group] rows of D, ready to be met with keys.</summary>
    public void Gather(QueryTile tile, int head, TileMemory memory)
    {
        var row = Group * Length;
        for (var token = 0; token < tile.Tokens; token++)
        {
            new ReadOnlySpan<float>(q.Row(tile.First + token) + (head * row), row)
                .CopyTo(new Span<float>(memory.Queries + ((long)token * row), row));
        }

        reader.Prepare(memory);
    }

    /// <summary>The states of the tile's rows that see a segment, from those of the first token that does.</summary>
    public void Run(QueryTile tile, int head, int start, TileMemory memory, SoftmaxStates states)
    {
        var place = Place(tile, head, start);
        Score(tile, start, place, memory, states);
        Weigh(tile, start, place, memory, states.Outputs, factors: null);
    }

    /// <summary>The same, merged with the states of the positions before. <paramref name="next"/> has no outputs.</summary>
    public void Run(QueryTile tile, int head, int start, TileMemory memory, SoftmaxStates states, SoftmaxStates next)
    {
        var place = Place(tile, head, start);
        var row = tile.FirstToSee(start) * Group;
        Score(tile, start, place, memory, next);
        states.From(row).Join<TSimd, TRegister>(next.From(row), (tile.Tokens * Group) - row);
        Weigh(tile, start, place, memory, states.Outputs, next);
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

    private SegmentPlace Place(QueryTile tile, int head, int start)
    {
        var next = start + Segment < tile.Positions ? start + Segment : start;
        return new SegmentPlace(
            Head(tile, head, start), start % cache.Shape.PageLength, Head(tile, head, next), next % cache.Shape.PageLength);
    }

    private byte* Head(QueryTile tile, int head, int position) =>
        cache.Head(batch.Tables[tile.First].Pages[position / cache.Shape.PageLength], layer, head);

    /// <summary>The weights of the rows that see a segment, with m and l. Those of a token's own segment see a part of it.</summary>
    private void Score(QueryTile tile, int start, SegmentPlace place, TileMemory memory, SoftmaxStates states)
    {
        var (row, end) = (tile.FirstToSee(start) * Group, tile.Tokens * Group);
        reader.Score(memory, row, place);
        var weights = memory.Weights;
        for (; row < end && tile.Count(row / Group, start) < Segment; row++, weights += Segment)
        {
            var count = tile.Count(row / Group, start);
            SegmentSoftmax<TSimd, TRegister>.Run(weights, count, scale, out states.Maxima[row], out states.Sums[row]);
        }

        if (row < end)
        {
            kernel.Softmax(weights, end - row, scale, states.Maxima + row, states.Sums + row);
        }
    }

    /// <summary>o = sum of weight v over the positions that a token sees: others may hold what no product bears.</summary>
    private void Weigh(QueryTile tile, int start, SegmentPlace place, TileMemory memory, float* outputs, SoftmaxStates? factors)
    {
        var values = reader.Values(memory, tile.Count(tile.Tokens - 1, start), place);
        var weights = memory.Weights;
        // Tokens ascend: where the first one sees the whole segment, all do.
        var first = tile.FirstToSee(start);
        var together = tile.Count(first, start) == Segment ? tile.Tokens - first : 1;
        var rows = together * Group;
        for (var token = first; token < tile.Tokens; token += together, weights += rows * Segment)
        {
            var row = token * Group;
            var count = tile.Count(token, start);
            var output = outputs + ((long)row * Width);
            if (factors is { } f)
            {
                kernel.MultiplyAndMerge(weights, Segment, rows, values, Width, count, f.Maxima + row, f.Sums + row, output);
            }
            else
            {
                kernel.Multiply(weights, Segment, rows, values, Width, count, output);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
