using AiKernels.Cache;
using AiKernels.Cpu.Simd;
using AiKernels.Cpu.Threads;

namespace AiKernels.Cpu;

/// <summary>Causal attention: a tile of queries meets one segment after another. An item is a tile and a key/value head.</summary>
internal readonly unsafe struct Attention<TReader, TSimd, TRegister>(
    SegmentAttention<TReader, TSimd, TRegister> segments, QueryTiles tiles, Matrix y) : IWork
    where TReader : struct, IKeyValueReader
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const int Segment = KeyValueShape.SegmentLength;

    public int Items => tiles.Count * segments.Heads;

    public void Run(int item)
    {
        var (tile, head) = (tiles[item / segments.Heads], item % segments.Heads);
        var (rows, width) = (tile.Tokens * segments.Group, segments.Width);
        var stateFloats = SoftmaxStates.Floats(rows, width);
        var floats = (float*)ThreadMemory.Get((2 * stateFloats * sizeof(float)) + segments.Bytes(tile));
        var (states, next) = (SoftmaxStates.Place(floats, rows, width), SoftmaxStates.Place(floats + stateFloats, rows, width));
        var memory = segments.Place(tile, (byte*)(floats + (2 * stateFloats)));

        segments.Gather(tile, head, memory);
        segments.Run(tile, head, 0, memory, states);
        for (var start = Segment; start < tile.Positions; start += Segment)
        {
            segments.Run(tile, head, start, memory, next);
            var row = tile.FirstToSee(start) * segments.Group;
            states.From(row).Merge<TSimd, TRegister>(next.From(row), rows - row);
        }

        segments.Finish(tile, head, states, y);
    }
}
