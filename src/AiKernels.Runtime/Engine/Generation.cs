using System.Diagnostics;
using AiKernels.Runtime.Sampling;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Engine;

/// <summary>A token and the text that became certain with it: whole characters, at times none or several tokens' worth.</summary>
/// <param name="Id">The token.</param>
/// <param name="Text">The text.</param>
public readonly record struct GeneratedToken(int Id, string Text);

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>It has not ended.</summary>
    None,

    /// <summary>The model said so, or a stop string appeared.</summary>
    Stop,

    /// <summary>The wanted number of tokens, or the context's length, was reached.</summary>
    Length,
}

/// <summary>
/// The continuation of a prompt, as an asynchronous stream that computes as it is read, on the thread pool. It can be
/// read once.
/// </summary>
public sealed class Generation : IAsyncEnumerable<GeneratedToken>
{
    private readonly LanguageModel _model;
    private readonly int[] _prompt;
    private readonly GenerationOptions _options;
    private int _started;

    internal Generation(LanguageModel model, int[] prompt, GenerationOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfZero(prompt.Length, nameof(prompt));
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxTokens);
        options.Sampling.Validate();
        _model = model;
        _prompt = prompt;
        _options = options;
    }

    /// <summary>Why it ended.</summary>
    public FinishReason FinishReason { get; private set; }

    /// <summary>What it cost so far.</summary>
    public GenerationStatistics Statistics { get; } = new();

    /// <summary>Starts it.</summary>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>, within a layer's time.</param>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    /// <exception cref="ContextFullException">The prompt doesn't fit in the context.</exception>
    public async IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("a generation can be read only once");
        }

        using var sequence = _model.CreateSequence();
        var sampler = new Sampler(_options.Sampling, _model.Decoder.Spec.VocabularySize);
        var logits = new float[_model.Decoder.Spec.VocabularySize];
        var text = new StopStringFilter(_options.StopStrings);
        var decoder = DecoderAfterPrompt();

        var next = _prompt;
        while (Statistics.GeneratedTokens < _options.MaxTokens && (next == _prompt || sequence.Remaining > 0))
        {
            await Task.Run(() => Step(sequence, next, logits, cancellationToken), cancellationToken).ConfigureAwait(false);
            var token = sampler.Sample(logits, sequence.Tokens);
            Statistics.GeneratedTokens++;
            if (!_options.IgnoreEnd && _model.Tokenizer.IsEndOfGeneration(token))
            {
                FinishReason = FinishReason.Stop;
                break;
            }

            yield return new GeneratedToken(token, text.Append(decoder.Append(token)));
            if (text.Stopped)
            {
                FinishReason = FinishReason.Stop;
                yield break;
            }

            next = [token];
        }

        if (FinishReason == FinishReason.None)
        {
            FinishReason = FinishReason.Length;
        }

        if (text.Append(decoder.Flush()) + text.Flush() is { Length: > 0 } rest)
        {
            yield return new GeneratedToken(next[^1], rest);
        }
    }

    /// <summary>The prompt ends where the answer starts, also in the middle of a word.</summary>
    private StreamingDecoder DecoderAfterPrompt()
    {
        var decoder = new StreamingDecoder(_model.Tokenizer);
        foreach (var token in _prompt)
        {
            decoder.Append(token);
        }

        return decoder;
    }

    private void Step(Sequence sequence, int[] tokens, float[] logits, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        sequence.Append(tokens, logits, cancellation);
        Statistics.Count(tokens.Length, isPrompt: ReferenceEquals(tokens, _prompt), Stopwatch.GetElapsedTime(start));
    }
}
