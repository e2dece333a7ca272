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

        segments.Finish(tile, head, states, y);
    }
}
