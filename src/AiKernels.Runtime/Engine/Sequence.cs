using System.Runtime.InteropServices;
using AiKernels.Cache;
using AiKernels.Runtime.Models;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// One conversation on a model: the tokens so far, and the pages that hold their keys and values. Not thread-safe, but
/// different sequences of a model may be used from different threads: they take turns.
/// </summary>
public sealed class Sequence : IDisposable
{
    // Logits of a whole vocabulary for so many tokens are tens of megabytes at most.
    private const int TokensPerLogitsBlock = 64;

    // 4 KB. A step allocates nothing, unless it is the one in many by which the list of tokens doubles.
    private const int ExpectedTokens = 1024;

    private readonly LanguageModel _model;
    private readonly SequenceMemory _memory;
    private readonly BlockTable _table;
    private readonly DecoderStep _step = new();
    private readonly List<int> _tokens;
    private bool _disposed;

    internal Sequence(LanguageModel model, SequenceMemory memory)
    {
        _model = model;
        _memory = memory;
        _table = memory.CreateTable(model.ContextLength);
        _tokens = new List<int>(Math.Min(model.ContextLength, ExpectedTokens));
    }

    /// <summary>Receives the logits after the token at a position.</summary>
    public delegate void LogitsReader(int position, ReadOnlySpan<float> logits);

    /// <summary>The tokens whose keys and values are stored.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Positions that are left in the context.</summary>
    public int Remaining => _model.ContextLength - _tokens.Count;

    /// <summary>Appends tokens and gives the logits after the last one.</summary>
    /// <param name="tokens">At least one; a long prompt runs in chunks, which changes no bit.</param>
    /// <param name="logits">Receives [vocabulary].</param>
    /// <param name="cancellation">Takes effect between two layers. The sequence then holds the chunks that were finished.</param>
    /// <exception cref="ArgumentException">There are no tokens, or <paramref name="logits"/> is not as long as the vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary; nothing was appended.</exception>
    /// <exception cref="ContextFullException">The tokens don't fit; nothing was appended.</exception>
    /// <exception cref="ObjectDisposedException">The sequence or its model was disposed.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public void Append(ReadOnlySpan<int> tokens, Span<float> logits, CancellationToken cancellation = default)
    {
        CheckLength(logits.Length);
        Reserve(tokens);
        while (!tokens.IsEmpty)
        {
            var count = Math.Min(tokens.Length, _model.Decoder.MaxTokens);
            var isLast = count == tokens.Length;
            RunInTurn(tokens[..count], isLast ? logits : [], cancellation);
            tokens = tokens[count..];
        }
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
            RunInTurn(tokens[..count], logits.AsSpan(0, count * vocabulary), cancellation);
            for (var t = 0; t < count; t++)
            {
                read(first + t, logits.AsSpan(t * vocabulary, vocabulary));
            }

            tokens = tokens[count..];
        }
    }

    /// <summary>Forgets everything from a position on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The sequence has no such position.</exception>
    /// <exception cref="ObjectDisposedException">The sequence was disposed.</exception>
    public void Truncate(int position)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, _tokens.Count);
        Forget(position);
    }

    /// <summary>Gives the pages back. Does nothing the second time.</summary>
    public void Dispose()
    {
        _disposed = true;
        Forget(0);
    }

    private void CheckLength(int logits)
    {
        var vocabulary = _model.Decoder.Spec.VocabularySize;
        if (logits != vocabulary)
        {
            throw new ArgumentException($"a token's logits are {vocabulary}, not {logits}", nameof(logits));
        }
    }

    private void Reserve(ReadOnlySpan<int> tokens)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfZero(tokens.Length, nameof(tokens));
        _model.CheckTokens(tokens);
        var length = (long)_tokens.Count + tokens.Length;
        if (length > _model.ContextLength)
        {
            throw new ContextFullException(
                $"{length} tokens don't fit in a context of {_model.ContextLength}; load the model with a longer one");
        }

        ObjectDisposedException.ThrowIf(_model.IsDisposed, _model);
        if (!_memory.TryReserve(_table, (int)length))
        {
            throw new ContextFullException(
                $"{length} tokens don't fit beside the model's other sequences; load it with a larger cache");
        }
    }

    /// <summary>A step, and the logits after as many of its last tokens as there is room for.</summary>
    private void RunInTurn(ReadOnlySpan<int> tokens, Span<float> logits, CancellationToken cancellation)
    {
        _model.Turn.Take(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_model.IsDisposed, _model);
            _step.Clear();
            _step.Add(_table, _tokens.Count, tokens, logits.Length / _model.Decoder.Spec.VocabularySize);
            _model.Decoder.Run(_step, _memory.Cache, cancellation);
            if (!logits.IsEmpty)
            {
                _model.Decoder.ReadLogits(0, logits);
            }

            _tokens.AddRange(tokens);
        }
        finally
        {
            _model.Turn.Give();
        }
    }

    private void Forget(int position)
    {
        _tokens.RemoveRange(position, _tokens.Count - position);
        _memory.Truncate(_table, position);
    }
}
