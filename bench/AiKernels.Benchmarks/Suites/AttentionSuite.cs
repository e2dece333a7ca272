using AiKernels.Benchmarks.Engines;
using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Runtime.Models;
using BenchmarkDotNet.Attributes;

namespace AiKernels.Benchmarks.Suites;

/// <summary>One layer's attention of the Qwen2.5-1.5B shape, behind so many tokens.</summary>
[Config(typeof(Config))]
public class AttentionSuite : Suite
{
    private static readonly DecoderSpec Spec = KnownShapes.Get("qwen2.5-1.5b").Spec;

    private readonly Batch _batch = new();
    private KeyValueCache? _cache;
    private Tensor _q, _y;

    /// <summary>Tokens that stand before.</summary>
    [Params(512, 4096)]
    public int Depth { get; set; }

    /// <summary>T: one token, as in decoding, or a chunk of a prompt.</summary>
    [Params(1, Engine.Chunk)]
    public int Tokens { get; set; }

    /// <summary>How keys and values are stored.</summary>
    [Params(GgmlType.F32, GgmlType.F16, GgmlType.BF16, GgmlType.Q8_0, GgmlType.Q4_0)]
    public GgmlType KeyValueType { get; set; }

    /// <summary>Fills the cache.</summary>
    [GlobalSetup]
    public void Fill()
    {
        var shape = new KeyValueShape(1, Spec.KeyValueHeads, Spec.HeadLength, KeyValueType);
        var pages = shape.Pages(Depth + Tokens);
        _cache = Own(Backend.AllocateCache(shape, pages));
        var table = new BlockTable(new PagePool(pages), shape.PageLength);
        table.TryReserve(Depth + Tokens);
        Add(table, 0, Depth);
        Add(table, Depth, Tokens);
        _q = Numbers(Tokens, Spec.Heads * Spec.HeadLength);
        _y = Numbers(Tokens, Spec.Heads * Spec.HeadLength);
    }

    /// <summary>All heads.</summary>
    [Benchmark]
    public void Attend() => Backend.Attention(_q, _cache!, 0, _batch, Spec.AttentionScale, _y);

    private void Add(BlockTable table, int position, int count)
    {
        _batch.Clear();
        _batch.Add(table, position, new int[count]);
        var keys = Numbers(count, Spec.KeyValueHeads * Spec.HeadLength);
        Backend.Store(_cache!, 0, _batch, keys, keys);
    }

    // Two products of a query's head and each position it attends to, its own included.
    private sealed class Config() : SuiteConfig("GFLOPS", benchmark =>
    {
        var tokens = (int)benchmark.Parameters[nameof(Tokens)];
        var positions = DecoderWork.MeanPositions((int)benchmark.Parameters[nameof(Depth)], tokens);
        return 2 * 2.0 * Spec.Heads * Spec.HeadLength * positions * tokens;
    });
}
