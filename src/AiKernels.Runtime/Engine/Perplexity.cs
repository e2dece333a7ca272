using AiKernels.Numerics;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// How well a model predicts a text: exp of the mean negative log-probability of its tokens. Each chunk starts anew with
/// the begin token, where the model has one, and every token after a chunk's first is predicted.
/// </summary>
/// <param name="model">The model.</param>
/// <example>
/// <code>
/// var perplexity = new Perplexity(model);
/// foreach (var chunk in Perplexity.Chunks(model, File.ReadAllText("book.txt"), 512))
/// {
///     perplexity.Add(chunk);
/// }
///
/// Console.WriteLine(perplexity.Total);
/// </code>
/// </example>
public sealed class Perplexity(LanguageModel model)
{
    private double _sum;
    private long _count;

    /// <summary>Over all chunks so far; NaN before the first.</summary>
    public double Total => Elementary.Exp(_sum / _count);

    /// <summary>Tokens predicted so far.</summary>
    public long PredictedTokens => _count;

    /// <summary>Cuts a text's tokens into chunks of at most so many tokens, begin tokens included.</summary>
    public static IEnumerable<int[]> Chunks(LanguageModel model, string text, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
        var begin = model.Tokenizer.Begin;
        return model.Tokenizer.Encode(text)
            .Chunk(length - begin.Length)
            .Select(tokens => (int[])[.. begin, .. tokens])
            .Where(tokens => tokens.Length > 1);
    }

    /// <summary>Adds a chunk and gives its own perplexity.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than two tokens, or one is not in the vocabulary; nothing was added.</exception>
    /// <exception cref="ContextFullException">The chunk doesn't fit in the context.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public double Add(int[] tokens, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens.Length, 2, nameof(tokens));
        using var sequence = model.CreateSequence();
        var sum = 0.0;
        sequence.AppendReadingAll(
            tokens,
            (position, logits) => sum += position + 1 < tokens.Length ? LogProbabilities.LogarithmOfSum(logits) - logits[tokens[position + 1]] : 0,
            cancellation);
        _sum += sum;
        _count += tokens.Length - 1;
        return Elementary.Exp(sum / (tokens.Length - 1));
    }
}
