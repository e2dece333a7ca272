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
        var (stateFloats, nextFloats) = (SoftmaxStates.Floats(rows, width), SoftmaxStates.Floats(rows, width: 0));
        var floats = (float*)ThreadMemory.Get(((stateFloats + nextFloats) * sizeof(float)) + segments.Bytes(tile));
        var (states, next) = (SoftmaxStates.Place(floats, rows, width), SoftmaxStates.Place(floats + stateFloats, rows, width: 0));
        var memory = segments.Place(tile, (byte*)(floats + stateFloats + nextFloats));

        segments.Gather(tile, head, memory);
        segments.Run(tile, head, 0, memory, states);
        for (var start = Segment; start < tile.Positions; start += Segment)
        {
            segments.Run(tile, head, start, memory, states, next);
        }

        segments.Finish(tile, head, states, y);
    }
}
