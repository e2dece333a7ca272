using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Tests.Engine;

/// <summary>A model of random weights, small enough that a test can run it in passing.</summary>
internal sealed class TinyModel : IDisposable
{
    public const int Vocabulary = 300;

    private readonly CpuBackend _backend;
    private InferenceEngine? _engine;

    public TinyModel(ModelOptions options, int threads = 2, int layers = 2, Tokenizer? tokenizer = null, string name = "tiny")
    {
        _backend = new CpuBackend(threads);
        Model = On(_backend, layers, options, tokenizer, name);
    }

    public LanguageModel Model { get; }

    /// <summary>An engine with the default options, made when it is first asked for.</summary>
    public InferenceEngine Engine => _engine ??= new InferenceEngine(Model);

    /// <summary>Such a model on a backend of others.</summary>
    public static LanguageModel On(
        IBackend backend, int layers, ModelOptions? options = null, Tokenizer? tokenizer = null, string name = "tiny")
    {
        var spec = Spec(layers) with { Architecture = name };
        var source = new RandomTensorSource(new ModelShape(spec, IsTied: true), QuantizationRecipe.Parse("Q4_K_M"));
        return LanguageModel.Create(backend, spec, source, tokenizer, options ?? new ModelOptions());
    }

    public static DecoderSpec Spec(int layers) => new()
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
