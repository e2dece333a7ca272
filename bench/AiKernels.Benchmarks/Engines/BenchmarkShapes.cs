using AiKernels.Runtime.Models;

namespace AiKernels.Benchmarks.Engines;

/// <summary>The shapes that models of random weights can have.</summary>
internal static class BenchmarkShapes
{
    /// <summary>A shape of two small layers, for trying things out.</summary>
    public const string Tiny = "tiny";

    public static IEnumerable<string> Names => [.. KnownShapes.Names, Tiny];

    public static ModelShape Get(string name) => name == Tiny
        ? new ModelShape(
            KnownShapes.Get("qwen2.5-0.5b").Spec with
            {
                Layers = 2,
                Width = 256,
                FeedForwardWidth = 512,
                Heads = 4,
                KeyValueHeads = 2,
                HeadLength = 64,
                VocabularySize = 512,
            },
            IsTied: true)
        : KnownShapes.Get(name);
}
