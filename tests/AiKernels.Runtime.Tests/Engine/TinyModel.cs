using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Models;

namespace AiKernels.Runtime.Tests.Engine;

/// <summary>A model of random weights, small enough that a test can run it in passing.</summary>
internal sealed class TinyModel : IDisposable
{
    public const int Vocabulary = 300;

    private readonly CpuBackend _backend;

    public TinyModel(ModelOptions options, int threads = 2, int layers = 2)
    {
        var spec = new DecoderSpec
        {
            Architecture = "tiny",
            Layers = layers,
            Width = 256,
            FeedForwardWidth = 512,
            Heads = 4,
            KeyValueHeads = 2,
            HeadLength = 64,
            VocabularySize = Vocabulary,
            ContextLength = 512,
            NormEpsilon = 1e-6f,
            Rotary = new RotarySpec { Length = 64, Base = 10_000, Pairing = RopePairing.Halves },
            HasQueryKeyNorm = true,
        };
        _backend = new CpuBackend(threads);
        var source = new RandomTensorSource(new ModelShape(spec, IsTied: true), QuantizationRecipe.Parse("Q4_K_M"));
        Model = LanguageModel.Create(_backend, spec, source, tokenizer: null, options);
    }

    public LanguageModel Model { get; }

    public static int[] Tokens(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(Vocabulary))];
    }

    /// <summary>The logits after the last token, of a sequence of its own.</summary>
    public float[] Logits(params int[] tokens)
    {
        using var sequence = Model.CreateSequence();
        var logits = new float[Vocabulary];
        sequence.Append(tokens, logits);
        return logits;
    }

    public void Dispose()
    {
        Model.Dispose();
        _backend.Dispose();
    }
}
