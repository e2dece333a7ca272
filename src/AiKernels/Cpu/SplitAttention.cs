using AiKernels.Cache;
using AiKernels.Cpu.Simd;
using AiKernels.Cpu.Threads;

namespace AiKernels.Cpu;

/// <summary>
/// Attention over long contexts by more threads than there are tiles and heads: an item takes a part of the segments and
/// leaves each one's states in memory, from where <see cref="MergeAttention{TReader, TSimd, TRegister}"/> joins them in
/// the order that they always have. An item is a tile, a key/value head and a part.
/// </summary>
internal readonly unsafe struct SplitAttention<TReader, TSimd, TRegister>(
    SegmentAttention<TReader, TSimd, TRegister> segments, QueryTiles tiles, int parts, SegmentStates states) : IWork
    where TReader : struct, IKeyValueReader
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    public int Items => tiles.Count * segments.Heads * parts;

    public void Run(int item)
    {
        var (pair, part) = (item / parts, item % parts);
        var (tile, head) = (tiles[pair / segments.Heads], pair % segments.Heads);
        var memory = segments.Place(tile, ThreadMemory.Get(segments.Bytes(tile)));
        segments.Gather(tile, head, memory);
        for (var segment = part * tile.Segments / parts; segment < (part + 1) * tile.Segments / parts; segment++)
        {
            segments.Run(tile, head, segment * KeyValueShape.SegmentLength, memory, states.Of(pair, segment));
        }
    }
}

/// <summary>Joins the states that <see cref="SplitAttention{TReader, TSimd, TRegister}"/> left. An item is a tile and a head.</summary>
internal readonly unsafe struct MergeAttention<TReader, TSimd, TRegister>(
    SegmentAttention<TReader, TSimd, TRegister> segments, QueryTiles tiles, SegmentStates states, Matrix y) : IWork
    where TReader : struct, IKeyValueReader
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    public int Items => tiles.Count * segments.Heads;

    public void Run(int item)
    {
        var (tile, head) = (tiles[item / segments.Heads], item % segments.Heads);
        var merged = states.Of(item, 0);
        for (var segment = 1; segment < tile.Segments; segment++)
        {
            var row = tile.FirstToSee(segment * KeyValueShape.SegmentLength) * segments.Group;
            var rows = (tile.Tokens * segments.Group) - row;
            merged.From(row).Merge<TSimd, TRegister>(states.Of(item, segment).From(row), rows);
        }

        segments.Finish(tile, head, merged, y);
    }
}

/// <summary>Softmax states of every segment, for every pair of a tile and a head.</summary>
internal readonly unsafe struct SegmentStates(float* memory, int segments, int rows, int width)
{
    /// <summary>The most that splitting may take: 64 MB. Long prompts want more, and have tiles enough; contexts beyond some
    /// hundred thousand positions are then left to as many threads as there are key/value heads.</summary>
    public const long MaxFloats = 16 << 20;

    /// <summary>Floats of all states.</summary>
    public static long Floats(int pairs, int segments, int rows, int width) =>
        (long)pairs * segments * SoftmaxStates.Floats(rows, width);

    public SoftmaxStates Of(int pair, int segment) => SoftmaxStates.Place(
        memory + (((pair * (long)segments) + segment) * SoftmaxStates.Floats(rows, width)), rows, width);
}
