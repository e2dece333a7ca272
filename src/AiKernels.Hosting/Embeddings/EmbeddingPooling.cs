namespace AiKernels.Hosting;

/// <summary>How the hidden states of a text's tokens become one vector.</summary>
/// <example><code>var options = new EmbeddingGeneratorOptions { Pooling = EmbeddingPooling.Last };</code></example>
public enum EmbeddingPooling
{
    /// <summary>Their mean, added up from the first to the last in double precision.</summary>
    Mean,

    /// <summary>The last one's, which has seen all others.</summary>
    Last,
}

/// <summary>What an <see cref="AiKernelsEmbeddingGenerator"/> does where a request doesn't say.</summary>
/// <example><code>var generator = new AiKernelsEmbeddingGenerator(model, new EmbeddingGeneratorOptions { Normalizes = false });</code></example>
public sealed record EmbeddingGeneratorOptions
{
    /// <summary>What the model is called; null for its own name. Requests that name another model are refused.</summary>
    public string? ModelId { get; init; }

    /// <summary>How the hidden states of a text's tokens become one vector.</summary>
    public EmbeddingPooling Pooling { get; init; }

    /// <summary>Whether vectors are divided by their length: x / sqrt(sum x^2).</summary>
    public bool Normalizes { get; init; } = true;
}
