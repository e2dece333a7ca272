using AiKernels.Benchmarks.Engines;
using AiKernels.Cpu;
using AiKernels.Runtime.Models;
using BenchmarkDotNet.Attributes;

namespace AiKernels.Benchmarks.Suites;

/// <summary>Whole steps of a model of random weights.</summary>
[Config(typeof(Config))]
public class StepSuite : IDisposable
{
    private const int Depth = 512, Prompt = 512, Generated = 8, Room = Depth + Generated;

    private AiKernelsEngine? _engine;

    /// <summary>The model's shape.</summary>
    [Params("qwen2.5-0.5b", "qwen2.5-1.5b")]
    public string Shape { get; set; } = "";

    /// <summary>How its weights are stored.</summary>
    [Params("Q4_K_M", "Q4_0", "Q8_0")]
    public string Type { get; set; } = "";

    /// <summary>Makes the model.</summary>
    [GlobalSetup]
    public void Load()
    {
        var shape = KnownShapes.Get(Shape);
        var source = new RandomTensorSource(shape, QuantizationRecipe.Parse(Type));
        _engine = new AiKernelsEngine(new CpuBackend(), shape.Spec, source);
        _engine.Prepare(Room, sequences: 1, Depth);
    }

    /// <summary>A prompt, per token.</summary>
    [Benchmark(OperationsPerInvoke = Prompt)]
    public void Prefill()
    {
        _engine!.Prepare(Room, sequences: 1, depth: 0);
        _engine.Prefill(Prompt);
    }

    /// <summary>Tokens one by one, per token.</summary>
    [Benchmark(OperationsPerInvoke = Generated)]
    public void Decode()
    {
        _engine!.Prepare(Room, sequences: 1, Depth);
        _engine.Decode(Generated);
    }

    /// <summary>Frees it.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _engine?.Dispose();
        GC.SuppressFinalize(this);
    }

    private sealed class Config() : SuiteConfig("tokens/s", _ => 1e9);
}
