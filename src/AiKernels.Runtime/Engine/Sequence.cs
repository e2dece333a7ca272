using AiKernels.Cache;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// One conversation on a model: the tokens so far, and the pages that hold their keys and values. Not thread-safe, but
/// different sequences of a model may be used from different threads: they take turns.
/// </summary>
public sealed class Sequence : IDisposable
{
    // Logits of a whole vocabulary for so many tokens are tens of megabytes at most.
    private const int TokensPerLogitsBlock = 64;

    private readonly LanguageModel _model;
    private readonly BlockTable _table;
    private readonly Batch _batch = new();
    private readonly List<int> _tokens;
    private readonly int[] _everyToken = [.. Enumerable.Range(0, TokensPerLogitsBlock)];

    internal Sequence(LanguageModel model, BlockTable table)
    {
        _model = model;
        _table = table;
        _tokens = new List<int>(model.ContextLength); // A step allocates nothing, so the list must not grow.
    }

    /// <summary>Receives the logits after the token at a position.</summary>
    public delegate void LogitsReader(int position, ReadOnlySpan<float> logits);

    /// <summary>The tokens whose keys and values are stored.</summary>
    public ReadOnlySpan<int> Tokens => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Positions that are left in the context.</summary>
    public int Remaining => _model.ContextLength - _tokens.Count;

    /// <summary>Appends tokens and gives the logits after the last one.</summary>
    /// <param name="tokens">At least one; a long prompt runs in chunks, which changes no bit.</param>
    /// <param name="logits">Receives [vocabulary].</param>
    /// <param name="cancellation">Takes effect between two layers. The sequence then holds the chunks that were finished.</param>
    /// <exception cref="ContextFullException">The tokens don't fit; nothing was appended.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public void Append(ReadOnlySpan<int> tokens, Span<float> logits, CancellationToken cancellation = default)
    {
        Reserve(tokens);
        while (tokens.Length > _model.Decoder.MaxTokens)
        {
            Run(tokens[.._model.Decoder.MaxTokens], [], [], cancellation);
            tokens = tokens[_model.Decoder.MaxTokens..];
        }

        Run(tokens, [tokens.Length - 1], logits, cancellation);
    }

    /// <summary>Appends tokens and hands out the logits after each of them.</summary>
    /// <inheritdoc cref="Append" path="/exception"/>
    public void AppendReadingAll(ReadOnlySpan<int> tokens, LogitsReader read, CancellationToken cancellation = default)
    {
        Reserve(tokens);
        var vocabulary = _model.Decoder.Spec.VocabularySize;
        var block = Math.Min(TokensPerLogitsBlock, _model.Decoder.MaxTokens);
        var logits = new float[(long)Math.Min(block, tokens.Length) * vocabulary];
        while (!tokens.IsEmpty)
        {
            var count = Math.Min(block, tokens.Length);
            var first = _tokens.Count;
            Run(tokens[..count], _everyToken.AsSpan(0, count), logits.AsSpan(0, count * vocabulary), cancellation);
            for (var t = 0; t < count; t++)
            {
                read(first + t, logits.AsSpan(t * vocabulary, vocabulary));
            }

            tokens = tokens[count..];
        }
    }

    /// <summary>Forgets everything from a position on.</summary>
    public void Truncate(int position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, _tokens.Count);
        _tokens.RemoveRange(position, _tokens.Count - position);
        lock (_model.Turn)
        {
            _table.Truncate(position);
        }
    }

    /// <summary>Gives the pages back.</summary>
    public void Dispose() => Truncate(0);

    private void Reserve(ReadOnlySpan<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tokens.Length, nameof(tokens));
        var length = (long)_tokens.Count + tokens.Length;
        if (length > _model.ContextLength)
        {
            throw new ContextFullException(
                $"{length} tokens don't fit in a context of {_model.ContextLength}; load the model with a longer one");
        }

        lock (_model.Turn)
        {
            if (!_table.TryReserve((int)length))
            {
                throw new ContextFullException(
                    $"{length} tokens don't fit beside the model's other sequences; load it with a larger cache");
            }
        }
    }

    private void Run(ReadOnlySpan<int> tokens, ReadOnlySpan<int> outputs, Span<float> logits, CancellationToken cancellation)
    {
        _batch.Clear();
        _batch.Add(_table, _tokens.Count, tokens);
        lock (_model.Turn)
        {
            _model.Decoder.Run(_batch, _model.Cache, outputs, logits, cancellation);
        }

        _tokens.AddRange(tokens);
    }
}
