using AiKernels.Cache;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Templates;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// A model, ready to run: weights and tokenizer. An <see cref="InferenceEngine"/> answers requests with it; sequences
/// take tokens and give logits.
/// </summary>
/// <remarks>
/// Thread-safe: engines and sequences of all models on a backend take turns, step by step. Dispose the model before the backend;
/// its engines are disposed with it, and its sequences then end with <see cref="ObjectDisposedException"/>.
/// </remarks>
/// <example>
/// <code>
/// using var backend = new CpuBackend();
/// using var model = LanguageModel.Load("model.gguf", backend);
/// using var engine = new InferenceEngine(model);
/// await foreach (var token in engine.Submit("Once upon a time"))
/// {
///     Console.Write(token.Text);
/// }
/// </code>
/// </example>
public sealed class LanguageModel : IDisposable
{
    private const int DefaultContextLength = 4096;

    private readonly IBackend _backend;
    private readonly ModelOptions _options;
    private readonly Tokenizer? _tokenizer;
    private readonly Lock _sequencesLock = new();
    private SequenceMemory? _sequences;
    private string? _hash;

    /// <summary>Makes a model from its parts; the model owns the decoder.</summary>
    /// <param name="backend">The decoder's backend.</param>
    /// <param name="decoder">The network.</param>
    /// <param name="tokenizer">Its tokenizer; null for a model that is used by token ids only.</param>
    /// <param name="options">How it is loaded.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public LanguageModel(IBackend backend, Decoder decoder, Tokenizer? tokenizer, ModelOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.ContextLength);
        if (options.ContextLength > RotarySpec.MaximumPositions)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), $"a context of {options.ContextLength} tokens is longer than the {RotarySpec.MaximumPositions} that can be told apart");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(options.CacheLength);
        Name = decoder.Spec.Architecture;
        Decoder = decoder;
        _backend = backend;
        Turn = BackendTurn.Of(backend);
        _options = options;
        _tokenizer = tokenizer;
        ContextLength = EffectiveContextLength(decoder.Spec, options);
        CacheShape = new KeyValueShape(decoder.Spec.Layers, decoder.Spec.KeyValueHeads, decoder.Spec.HeadLength, options.KeyValueType);
        CacheShape.Validate();
    }

    /// <summary>What its makers call it; the architecture's name where they don't say.</summary>
    public string Name { get; internal init; }

    /// <summary>The network.</summary>
    public Decoder Decoder { get; }

    /// <summary>
    /// Names the model's content, everything that decides its logits and its text: hyperparameters, vocabulary and every
    /// tensor as it was stored. The same file has the same hash on every backend and however it was loaded; a file's
    /// metadata all count.
    /// </summary>
    /// <remarks>
    /// 64 bits as hexadecimal digits, for telling apart models that nobody forged: whoever wants two models of one hash can
    /// make them. It comes with loading, and from kept packed weights without the file being read again.
    /// </remarks>
    public string Hash => _hash ??= ModelHash.Name(Decoder.Hash, HeaderHash ?? VocabularyHash.Of(_tokenizer?.Vocabulary));

    /// <summary>The tokenizer.</summary>
    /// <exception cref="InvalidOperationException">The model has none.</exception>
    public Tokenizer Tokenizer => _tokenizer ?? throw new InvalidOperationException("this model has no tokenizer");

    /// <summary>Whether there is one; without, a model is used by token ids.</summary>
    public bool HasTokenizer => _tokenizer is not null;

    /// <summary>
    /// The templates that the model's file brings, with what they read of its vocabulary; none for a model that came from no
    /// file. They are part of <see cref="Hash"/> as all metadata are.
    /// </summary>
    /// <example>
    /// <code>
    /// var context = new JsonObject { ["messages"] = messages, ["add_generation_prompt"] = true };
    /// var prompt = model.ChatTemplates.Render(context).Text;
    /// </code>
    /// </example>
    public ChatTemplates ChatTemplates { get; internal init; } = ChatTemplates.None;

    /// <summary>
    /// The template that makes a prompt of a conversation; null where the model brings none. It is parsed when it is first
    /// asked for.
    /// </summary>
    /// <exception cref="TemplateException">It can't be parsed.</exception>
    /// <example><code>var template = model.ChatTemplate ?? ChatTemplate.BuiltIn("chatml");</code></example>
    public ChatTemplate? ChatTemplate => ChatTemplates.Default;

    /// <summary>The most tokens of a sequence.</summary>
    public int ContextLength { get; }

    /// <summary>What came of <see cref="ModelOptions.PackedCacheFolder"/>; null where none was given, or the backend keeps none.</summary>
    public PackedCacheResult? PackedCache { get; internal set; }

    /// <summary>How keys and values are stored.</summary>
    public KeyValueShape CacheShape { get; }

    /// <summary>Pages of an engine's keys and values, or of all sequences'.</summary>
    public int CachePages => CacheShape.Pages(CacheLength(Decoder.Spec, _options));

    /// <summary>The memory that it takes with an engine, or with sequences.</summary>
    public MemoryNeeds Memory => new(Decoder.LayerWeightBytes, CachePages * CacheShape.PageBytes, Decoder.WorkspaceBytes, ContextLength);

    /// <summary>What its steps have to read and to multiply.</summary>
    public DecoderWork Work => Decoder.Work(CacheShape);

    /// <summary>The tokens that can be chosen; an embedding may have more rows, to be of a round size.</summary>
    internal int Choices => _tokenizer?.VocabularySize ?? Decoder.Spec.VocabularySize;

    /// <summary>The hash of its file's metadata; null for a model that came from no file.</summary>
    internal ulong? HeaderHash { get; init; }

    /// <summary>Where it runs.</summary>
    internal IBackend Backend => _backend;

    /// <summary>Tells those who run it that it is about to be disposed.</summary>
    internal event Action? Disposing;

    /// <summary>Taken by whoever uses the backend, for a step.</summary>
    internal BackendTurn Turn { get; }

    /// <summary>Whether the memory is freed; certain only in one's turn.</summary>
    internal bool IsDisposed { get; private set; }

    /// <summary>Loads a GGUF file.</summary>
    /// <param name="path">The file; it is closed again when the call returns.</param>
    /// <param name="backend">Where the model will run. It must outlive the model.</param>
    /// <param name="options">How it is loaded; null for the defaults.</param>
    /// <param name="cancellation">Ends loading, within the time of a few megabytes.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or not a model that can be run; the message says where and why.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="InsufficientMemoryException">It needs more than <see cref="ModelOptions.MemoryLimit"/>.</exception>
    /// <exception cref="OperationCanceledException">Loading was cancelled.</exception>
    public static LanguageModel Load(
        string path, IBackend backend, ModelOptions? options = null, CancellationToken cancellation = default)
    {
        using var file = GgufFile.Open(path);
        return Load(file, backend, options, withTokenizer: true, cancellation);
    }

    /// <summary>Loads an open GGUF file, which is not needed afterwards.</summary>
    /// <param name="file">The file.</param>
    /// <param name="backend">Where the model will run. It must outlive the model.</param>
    /// <param name="options">How it is loaded; null for the defaults.</param>
    /// <param name="withTokenizer">Whether its tokenizer is wanted; a model that is used by token ids needs none.</param>
    /// <param name="cancellation">Ends loading, within the time of a few megabytes.</param>
    /// <inheritdoc cref="Load(string, IBackend, ModelOptions?, CancellationToken)" path="/exception"/>
    public static LanguageModel Load(
        GgufFile file, IBackend backend, ModelOptions? options, bool withTokenizer, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(backend);
        return GgufModel.Load(file, backend, options ?? new ModelOptions(), withTokenizer, cancellation);
    }

    /// <summary>Makes a model from tensors of any source.</summary>
    /// <param name="backend">Where it will run.</param>
    /// <param name="spec">What the model is.</param>
    /// <param name="source">Where its tensors come from; not needed afterwards.</param>
    /// <param name="tokenizer">Its tokenizer; null for a model that is used by token ids only.</param>
    /// <param name="options">How it is loaded.</param>
    /// <param name="cancellation">Ends loading, within the time of a few megabytes.</param>
    /// <exception cref="InvalidDataException">A tensor is missing or of another shape.</exception>
    /// <exception cref="InsufficientMemoryException">It needs more than <see cref="ModelOptions.MemoryLimit"/>.</exception>
    /// <exception cref="OperationCanceledException">Loading was cancelled.</exception>
    public static LanguageModel Create(
        IBackend backend,
        DecoderSpec spec,
        TensorSource source,
        Tokenizer? tokenizer,
        ModelOptions options,
        CancellationToken cancellation = default)
    {
        MemoryNeeds.Check(backend, spec, source, options);
        var decoder = new Decoder(backend, spec, source, StepLength(spec, options), cancellation);
        try
        {
            return new LanguageModel(backend, decoder, tokenizer, options);
        }
        catch
        {
            decoder.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of keys and values for a context of so many tokens.</summary>
    public static long CacheBytes(DecoderSpec spec, ModelOptions options, int tokens)
    {
        var shape = new KeyValueShape(spec.Layers, spec.KeyValueHeads, spec.HeadLength, options.KeyValueType);
        return shape.PageBytes * shape.Pages(tokens);
    }

    /// <summary>The most tokens of a step; longer ones than the context would be memory for nothing.</summary>
    internal static int StepLength(DecoderSpec spec, ModelOptions options) =>
        Math.Clamp(options.PrefillChunk, 1, EffectiveContextLength(spec, options));

    /// <summary>Tokens that fit in the cache.</summary>
    internal static int CacheLength(DecoderSpec spec, ModelOptions options) =>
        Math.Max(options.CacheLength, EffectiveContextLength(spec, options));

    /// <summary>The most tokens of a sequence, where the options may leave it to the model.</summary>
    internal static int EffectiveContextLength(DecoderSpec spec, ModelOptions options) =>
        options.ContextLength > 0 ? options.ContextLength : Math.Min(spec.ContextLength, DefaultContextLength);

    /// <summary>An empty sequence.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="OutOfMemoryException">The device has too little memory for the sequences' keys and values.</exception>
    public Sequence CreateSequence()
    {
        lock (_sequencesLock)
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return new Sequence(this, _sequences ??= new SequenceMemory(AllocateCache()));
        }
    }

    /// <summary>The tokens of a text to be continued, as <see cref="InferenceEngine.Submit(string, GenerationOptions?, CancellationToken)"/> takes it.</summary>
    /// <param name="prompt">
    /// The text; an empty one starts from the model's begin token. Where the vocabulary asks for a begin token, it comes
    /// first; an end token never follows, since a text that has ended has no continuation.
    /// </param>
    /// <param name="parseSpecial">Whether names of control tokens stand for them. Leave it off for text that isn't trusted.</param>
    /// <exception cref="ArgumentException">The prompt is empty, and the model has no begin token.</exception>
    public int[] EncodePrompt(string prompt, bool parseSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        int[] tokens = [.. Tokenizer.Begin, .. Tokenizer.Encode(prompt, parseSpecial)];
        return tokens.Length > 0 ? tokens : [BeginToken];
    }

    /// <summary>Disposes its engines, then frees weights and sequences' memory, after the step that is running.</summary>
    public void Dispose()
    {
        Disposing?.Invoke();
        Turn.Take();
        try
        {
            lock (_sequencesLock)
            {
                IsDisposed = true;
                _sequences?.Dispose();
            }

            Decoder.Dispose();
        }
        finally
        {
            Turn.Give();
        }
    }

    /// <summary>Memory for an engine's keys and values, or for all sequences'.</summary>
    internal KeyValueCache AllocateCache() => _backend.AllocateCache(CacheShape, CachePages);

    /// <exception cref="ArgumentOutOfRangeException">A token is no row of the embedding.</exception>
    internal void CheckTokens(ReadOnlySpan<int> tokens)
    {
        foreach (var token in tokens)
        {
            if ((uint)token >= (uint)Decoder.Spec.VocabularySize)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(tokens), token, $"the model's tokens run from 0 to {Decoder.Spec.VocabularySize - 1}");
            }
        }
    }

    private int BeginToken => Tokenizer.Vocabulary.Bos ?? Tokenizer.Vocabulary.Eos
        ?? throw new ArgumentException("an empty prompt needs a model with a begin token");
}
