using AiKernels.Cache;
using AiKernels.Cpu.Simd;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>Causal attention: a tile of queries meets one segment after another. An item is a tile and a key/value head.</summary>
internal readonly unsafe struct Attention<TElement, TSimd, TRegister>(
    SegmentAttention<TElement, TSimd, TRegister> segments, QueryTiles tiles, Matrix y) : IWork
    where TElement : unmanaged, IFloatFormat<TElement>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const int Segment = KeyValueShape.SegmentLength;

    public int Items => tiles.Count * segments.Heads;

    public void Run(int item)
    {
        var (tile, head) = (tiles[item / segments.Heads], item % segments.Heads);
        var (rows, width) = (tile.Tokens * segments.Group, segments.Width);
        var (queryFloats, stateFloats) = (segments.QueryFloats(tile.Tokens), SoftmaxStates.Floats(rows, width));
        var queries = (float*)ThreadMemory.Get(
            sizeof(float) * (queryFloats + (2 * stateFloats) + segments.ScratchFloats(tile.Tokens)));
        var (states, next) = (
            SoftmaxStates.Place(queries + queryFloats, rows, width),
            SoftmaxStates.Place(queries + queryFloats + stateFloats, rows, width));
        var scratch = queries + queryFloats + (2 * stateFloats);

        segments.Gather(tile, head, queries);
        segments.Run(tile, head, 0, 0, queries, scratch, states);
        for (var start = Segment; start < tile.Positions; start += Segment)
        {
            var first = Math.Max(0, start - tile.Position);
            segments.Run(tile, head, start, first, queries, scratch, next);
            var row = first * segments.Group;
            states.From(row).Merge<TSimd, TRegister>(next.From(row), rows - row);
        }

        Finish(tile, head, states);
    }

    /// <summary>y = o / l.</summary>
    private void Finish(QueryTile tile, int head, SoftmaxStates states)
    {
        for (var row = 0; row < tile.Tokens * segments.Group; row++)
        {
            var channel = ((head * segments.Group) + (row % segments.Group)) * segments.Length;
            var target = y.Row(tile.First + (row / segments.Group)) + channel;
            var state = states.From(row);
            var d = Divide<TSimd, TRegister>(state.Outputs, state.Sums[0], target, 0);
            Divide<Scalar, int>(state.Outputs, state.Sums[0], target, d);
        }
    }

    private int Divide<TLanes, TAny>(float* output, float sum, float* target, int d)
        where TLanes : ISimd<TAny>
        where TAny : unmanaged
    {
        for (; d + TLanes.Lanes <= segments.Length; d += TLanes.Lanes)
        {
            TLanes.Store(target + d, TLanes.Divide(TLanes.Load(output + d), TLanes.Broadcast(sum)));
        }

        return d;
    }
}
