using AiKernels.Cache;
using AiKernels.Cpu.Simd;
using AiKernels.Cpu.Threads;

namespace AiKernels.Cpu;

/// <summary>Attention of a batch: cut into tiles, whole where they are enough for the threads, else split over segments.</summary>
internal static class TiledAttention<TReader, TSimd, TRegister>
    where TReader : struct, IKeyValueReader
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    public static void Run(
        WorkerPool pool, SegmentAttention<TReader, TSimd, TRegister> segments, Batch batch, QueryTiles tiles, Matrix y)
    {
        tiles.Cut(batch, segments.Group);
        var rows = tiles.MaxTokens * segments.Group;
        var floats = SegmentStates.Floats(tiles.Count * segments.Heads, tiles.MaxSegments, rows, segments.Width);
        var parts = pool.Threads == 1 || floats > SegmentStates.MaxFloats ? 1 : tiles.Parts(segments.Heads, pool.Threads);
        if (parts == 1)
        {
            var whole = new Attention<TReader, TSimd, TRegister>(segments, tiles, y);
            pool.Run(whole, whole.Items);
            return;
        }

        var states = tiles.States(floats, rows, segments.Width);
        var split = new SplitAttention<TReader, TSimd, TRegister>(segments, tiles, parts, states);
        pool.Run(split, split.Items);
        var merge = new MergeAttention<TReader, TSimd, TRegister>(segments, tiles, states, y);
        pool.Run(merge, merge.Items);
    }
}
