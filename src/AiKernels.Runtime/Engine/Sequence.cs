using System.Runtime.InteropServices;
using AiKernels.Cache;
using AiKernels.Runtime.Models;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// One conversation on a model: the tokens so far, and the pages that hold their keys and values. Not thread-safe, but
/// different sequences of a model may be used from different threads: they take turns.
/// </summary>
/// <example>
/// <code>
/// using var sequence = model.CreateSequence();
/// var logits = new float[model.Decoder.Spec.VocabularySize];
/// sequence.Append(model.EncodePrompt("Once upon a time"), logits);
/// </code>
/// </example>
public sealed class Sequence : IDisposable
{
    // Logits of a whole vocabulary for so many tokens are tens of megabytes at most.
    private const int TokensPerLogitsBlock = 64;

    // 4 KB. A step allocates nothing, unless it is the one in many by which the list of tokens doubles.
    private const int ExpectedTokens = 1024;

    private readonly LanguageModel _model;
    private readonly SequenceMemory _memory;
    private readonly BlockTable _table;
    private readonly DecoderStep _step = new(), _withoutLogits = new() { MakesLogits = false };
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

    /// <summary>Receives the hidden state of the token at a position, [width].</summary>
    public delegate void HiddenReader(int position, ReadOnlySpan<float> hidden);

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
            RunInTurn(_step, tokens[..count], isLast ? logits : [], cancellation);
            tokens = tokens[count..];
        }
    }

    /// <summary>Appends tokens and hands out the logits after each of them.</summary>
    /// <inheritdoc cref="Append" path="/exception"/>
    public void AppendReadingAll(ReadOnlySpan<int> tokens, LogitsReader read, CancellationToken cancellation = default)
    {
        var block = Math.Min(TokensPerLogitsBlock, _model.Decoder.MaxTokens);
        AppendReading(tokens, _step, block, (position, logits) => read(position, logits), cancellation);
    }

    /// <summary>
    /// Appends tokens and hands out the hidden state of each of them: the residual stream after the last layer, normed, see
    /// <see cref="Decoder.ReadHidden"/>. Its bits depend on the tokens up to it alone.
    /// </summary>
    /// <inheritdoc cref="Append" path="/exception"/>
    /// <example><code>sequence.AppendReadingHidden(tokens, (position, hidden) => Console.WriteLine($"{position}: {hidden[0]}"));</code></example>
    public void AppendReadingHidden(ReadOnlySpan<int> tokens, HiddenReader read, CancellationToken cancellation = default) =>
        AppendReading(tokens, _withoutLogits, _model.Decoder.MaxTokens, read, cancellation);

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
        if (tokens.IsEmpty)
        {
            throw new ArgumentOutOfRangeException(nameof(tokens), "there are no tokens to take in");
        }

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

    private void AppendReading(
        ReadOnlySpan<int> tokens, DecoderStep step, int block, HiddenReader read, CancellationToken cancellation)
    {
        Reserve(tokens);
        var width = OutputWidth(step);
        var rows = new float[(long)Math.Min(block, tokens.Length) * width];
        while (!tokens.IsEmpty)
        {
            var count = Math.Min(block, tokens.Length);
            var first = _tokens.Count;
            RunInTurn(step, tokens[..count], rows.AsSpan(0, count * width), cancellation);
            for (var t = 0; t < count; t++)
            {
                read(first + t, rows.AsSpan(t * width, width));
            }

            tokens = tokens[count..];
        }
    }

    private int OutputWidth(DecoderStep step) => step.MakesLogits ? _model.Decoder.Spec.VocabularySize : _model.Decoder.Spec.Width;

    /// <summary>A step, and what comes out of it for as many of its last tokens as there is room for.</summary>
    private void RunInTurn(DecoderStep step, ReadOnlySpan<int> tokens, Span<float> rows, CancellationToken cancellation)
    {
        _model.Turn.Take(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_model.IsDisposed, _model);
            step.Clear();
            step.Add(_table, _tokens.Count, tokens, rows.Length / OutputWidth(step));
            _model.Decoder.Run(step, _memory.Cache, cancellation);
            if (!rows.IsEmpty && step.MakesLogits)
            {
                _model.Decoder.ReadLogits(0, rows);
            }
            else if (!rows.IsEmpty)
            {
                _model.Decoder.ReadHidden(0, rows);
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
