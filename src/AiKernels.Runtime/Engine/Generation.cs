using AiKernels.Runtime.Sampling;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// A token that was chosen and the text that became certain with it: whole characters, at times none or several tokens'
/// worth. Every chosen token comes once, the one that ends the text included; the last one brings all that is left.
/// </summary>
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
        foreach (var token in prompt)
        {
            _ = model.Tokenizer.Piece(token); // Refuses what the tokenizer doesn't know.
        }

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

        // An embedding may have more rows than there are tokens, to be of a round size.
        var choices = _model.Tokenizer.VocabularySize;
        var sampler = new Sampler(_options.Sampling, choices);
        var largest = new RankedValue[sampler.Candidates];
        var text = new StopStringFilter(_options.StopStrings);
        var decoder = DecoderAfterPrompt();

        var next = _prompt;
        while (FinishReason == FinishReason.None && _options.MaxTokens > 0)
        {
            var time = await sequence.AppendAsync(next, choices, largest, cancellationToken).ConfigureAwait(false);
            Statistics.Count(next.Length, isPrompt: next == _prompt, time);
            var token = sampler.Sample(largest, sequence.Tokens);
            Statistics.GeneratedTokens++;
            next = [token];

            var isEnd = !_options.IgnoreEnd && _model.Tokenizer.IsEndOfGeneration(token);
            var isLast = Statistics.GeneratedTokens == _options.MaxTokens || sequence.Remaining == 0;
            var certain = text.Append(isEnd ? "" : decoder.Append(token));
            certain += (isEnd || isLast) && !text.Stopped ? text.Append(decoder.Flush()) + text.Flush() : "";
            FinishReason = isEnd || text.Stopped ? FinishReason.Stop : isLast ? FinishReason.Length : FinishReason.None;
            yield return new GeneratedToken(token, certain);
        }

        FinishReason = FinishReason == FinishReason.None ? FinishReason.Length : FinishReason;
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
}
