using AiKernels.Hosting.Embeddings;
using AiKernels.Runtime.Engine;
using Microsoft.Extensions.AI;

namespace AiKernels.Hosting;

/// <summary>
/// An <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> that makes a vector of the hidden states with which a model has read a
/// text: what the last layer gives, normed, before the vocabulary.
/// </summary>
/// <remarks>
/// <para>
/// Thread-safe: texts are read one after the other, in turn with the answers of engines on the same model. A vector depends on
/// its text and the model alone, to the last bit. The additional properties <c>pooling</c> (mean or last) and <c>normalize</c> say
/// how for one request, or a raw representation, <see cref="EmbeddingGeneratorOptions"/>; unknown ones are refused.
/// </para>
/// <para>
/// With the first text it allocates keys and values of its own, as many as an engine's (<see cref="ModelOptions.CacheLength"/>). A
/// model that was trained to answer knows less about likeness than one that was trained for it.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using var generator = new AiKernelsEmbeddingGenerator(model);
/// var vector = await generator.GenerateVectorAsync("What is a llama?");
/// </code>
/// </example>
public sealed class AiKernelsEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly LanguageModel _model;
    private readonly EmbeddingGeneratorOptions _options;
    private readonly EmbeddingGeneratorMetadata _metadata;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile bool _isDisposed;

    /// <summary>Makes a generator.</summary>
    /// <param name="model">Reads the texts. It is not the generator's to dispose.</param>
    /// <param name="options">What counts where a request doesn't say; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">The model has no tokenizer.</exception>
    public AiKernelsEmbeddingGenerator(LanguageModel model, EmbeddingGeneratorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _ = model.Tokenizer;
        (_model, _options) = (model, options ?? new EmbeddingGeneratorOptions());
        _metadata = new EmbeddingGeneratorMetadata("aikernels", providerUri: null, _options.ModelId ?? model.Name, model.Decoder.Spec.Width);
    }

    /// <summary>Makes a vector of each text.</summary>
    /// <param name="values">The texts, none of them empty.</param>
    /// <param name="options">How; null for the generator's own options.</param>
    /// <param name="cancellationToken">Gives up, within the time of a layer.</param>
    /// <exception cref="ArgumentException">A text is empty or has no tokens, or an option can't be honoured.</exception>
    /// <exception cref="ContextFullException">A text is longer than the context.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The generator or its model was disposed.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var (pooling, normalizes) = Read(options);
        int[][] texts = [.. values.Select(Encode)];
        var made = new GeneratedEmbeddings<Embedding<float>>(texts.Length);
        foreach (var tokens in texts)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var vector = await Task.Run(() => Vector(tokens, pooling, normalizes, cancellationToken), cancellationToken).ConfigureAwait(false);
                made.Add(new Embedding<float>(vector) { ModelId = _metadata.DefaultModelId });
            }
            finally
            {
                _turn.Release();
            }
        }

        var count = texts.Sum(tokens => (long)tokens.Length);
        made.Usage = new UsageDetails { InputTokenCount = count, TotalTokenCount = count };
        return made;
    }

    /// <summary>The generator itself, its <see cref="LanguageModel"/> or <see cref="EmbeddingGeneratorMetadata"/>.</summary>
    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        object[] services = [this, _model, _metadata];
        return serviceKey is null ? Array.Find(services, serviceType.IsInstanceOfType) : null;
    }

    /// <summary>Ends the generator; the model stays.</summary>
    public void Dispose() => _isDisposed = true;

    private int[] Encode(string text, int number)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = _model.Tokenizer.EncodeWithSpecial(text);
        return text.Length > 0 && tokens.Length > 0 ? tokens : throw new ArgumentException($"text {number} is empty, so there is nothing to make a vector of");
    }

    private float[] Vector(int[] tokens, EmbeddingPooling pooling, bool normalizes, CancellationToken cancellation)
    {
        var pooled = new PooledVector(_model.Decoder.Spec.Width, pooling);
        using var sequence = _model.CreateSequence();
        sequence.AppendReadingHidden(tokens, (_, hidden) => pooled.Add(hidden), cancellation);
        return pooled.Finish(normalizes);
    }

    private (EmbeddingPooling Pooling, bool Normalizes) Read(EmbeddingGenerationOptions? options)
    {
        var own = options?.RawRepresentationFactory?.Invoke(this) switch
        {
            null => _options,
            EmbeddingGeneratorOptions raw => raw,
            var other => throw new ArgumentException(
                $"the RawRepresentationFactory gave a {other.GetType().Name}, and this generator takes {nameof(EmbeddingGeneratorOptions)}"),
        };
        var (pooling, normalizes) = (own.Pooling, own.Normalizes);
        if (options?.ModelId is { } asked && asked != _metadata.DefaultModelId)
        {
            throw new ArgumentException($"this generator's model is {_metadata.DefaultModelId}, and the request asks for {asked}");
        }

        if (options?.Dimensions is { } dimensions && dimensions != _model.Decoder.Spec.Width)
        {
            throw new ArgumentException($"this model's vectors have {_model.Decoder.Spec.Width} dimensions, and the request asks for {dimensions}");
        }

        foreach (var (name, value) in options?.AdditionalProperties ?? [])
        {
            var said = new Chat.PropertyValue(name, value);
            (pooling, normalizes) = name switch
            {
                "pooling" => (said.Text() switch { "mean" => EmbeddingPooling.Mean, "last" => EmbeddingPooling.Last, _ => throw said.Wrong("mean or last") }, normalizes),
                "normalize" => (pooling, said.Boolean()),
                _ => throw new ArgumentException($"there is no option {name}; beside the request's own members there are normalize and pooling"),
            };
        }

        return (pooling, normalizes);
    }
}
