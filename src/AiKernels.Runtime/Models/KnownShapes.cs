namespace AiKernels.Runtime.Models;

/// <summary>A real model's sizes, for measuring without its weights.</summary>
/// <param name="Spec">The model.</param>
/// <param name="IsTied">Whether the output projection is the embedding table.</param>
public sealed record ModelShape(DecoderSpec Spec, bool IsTied);

/// <summary>Sizes of published models, from the <c>config.json</c> of each.</summary>
public static class KnownShapes
{
    private static readonly Dictionary<string, ModelShape> ByName = new()
    {
        ["qwen2.5-0.5b"] = Qwen2(layers: 24, width: 896, feedForward: 4864, heads: 14, keyValueHeads: 2, isTied: true),
        ["qwen2.5-1.5b"] = Qwen2(layers: 28, width: 1536, feedForward: 8960, heads: 12, keyValueHeads: 2, isTied: true),
        ["qwen2.5-7b"] = Qwen2(
            layers: 28, width: 3584, feedForward: 18944, heads: 28, keyValueHeads: 4, isTied: false, vocabulary: 152_064),
        ["qwen3-0.6b"] = new ModelShape(
            Spec("qwen3", layers: 28, width: 1024, feedForward: 3072, heads: 16, keyValueHeads: 8, headLength: 128, 151_936) with
            {
                ContextLength = 40_960,
                HasQueryKeyNorm = true,
            },
            IsTied: true),
        ["llama-3.2-1b"] = new ModelShape(
            Spec("llama", layers: 16, width: 2048, feedForward: 8192, heads: 32, keyValueHeads: 8, headLength: 64, 128_256) with
            {
                ContextLength = 131_072,
                NormEpsilon = 1e-5f,
                Rotary = new RotarySpec
                {
                    Length = 64,
                    Base = 500_000,
                    Pairing = RopePairing.Adjacent,
                    Llama3 = new Llama3Scaling(Factor: 32, LowFrequencyFactor: 1, HighFrequencyFactor: 4, OriginalContext: 8192),
                },
            },
            IsTied: true),
    };

    /// <summary>The names of all shapes.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>The shape of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static ModelShape Get(string name) => ByName.TryGetValue(name, out var shape)
        ? shape
        : throw new ArgumentException($"there is no shape '{name}'; the ones known are {string.Join(", ", Names)}");

    private static ModelShape Qwen2(
        int layers, int width, int feedForward, int heads, int keyValueHeads, bool isTied, int vocabulary = 151_936) => new(
            Spec("qwen2", layers, width, feedForward, heads, keyValueHeads, width / heads, vocabulary) with
            {
                HasAttentionBias = true,
            },
            isTied);

    private static DecoderSpec Spec(
        string architecture, int layers, int width, int feedForward, int heads, int keyValueHeads, int headLength, int vocabulary) => new()
        {
            Architecture = architecture,
            Layers = layers,
            Width = width,
            FeedForwardWidth = feedForward,
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadLength = headLength,
            VocabularySize = vocabulary,
            ContextLength = 32_768,
            NormEpsilon = 1e-6f,
            Rotary = new RotarySpec { Length = headLength, Base = 1_000_000, Pairing = RopePairing.Halves },
        };
}
