using AiKernels.Runtime.Engine.Scheduling;
using AiKernels.Runtime.Sampling;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Engine;

/// <summary>A request as the engine's thread knows it: a sequence, and how its tokens are chosen and become text.</summary>
internal sealed class EngineRequest : OpenSequence
{
    private readonly LanguageModel _model;
    private readonly GenerationOptions _options;
    private readonly Sampler _sampler;
    private readonly StopStringFilter _stops;
    private readonly StreamingDecoder? _text;
    private readonly ConstrainedChoice? _constrained;
    private bool _hasQueueTime;

    public EngineRequest(LanguageModel model, ReadOnlySpan<int> prompt, GenerationOptions options, Generation handle)
        : base(prompt, expectedTokens: Math.Min(model.ContextLength, prompt.Length + Math.Min(options.MaxTokens, model.ContextLength)))
    {
        (_model, _options, Handle) = (model, options, handle);
        _sampler = new Sampler(options.Sampling, model.Choices, model.HasTokenizer ? model.Tokenizer : null);
        _stops = new StopStringFilter(options.StopStrings);
        if (model.HasTokenizer)
        {
            _text = new StreamingDecoder(model.Tokenizer);
            foreach (var token in prompt)
            {
                _text.Append(token); // The answer starts where the prompt ends, also in the middle of a word.
            }
        }

        _constrained = options.Grammar is { } grammar ? new ConstrainedChoice(grammar, model.Tokenizer, _sampler, model.Choices) : null;
        handle.Statistics.PromptTokens = prompt.Length;
    }

    /// <summary>Told of its end, after the host: why it ended, and the failure if there was one.</summary>
    public Action<FinishReason, Exception?>? Ended { get; init; }

    /// <summary>Told of each token, on the engine's thread.</summary>
    public Action<int>? Chosen { get; init; }

    /// <summary>The most guesses that there is use for: the token after them has to fit, too.</summary>
    public int MostDrafts => Math.Max(0, Math.Min(
        _options.MaxTokens - Handle.Statistics.GeneratedTokens, _model.ContextLength + 1 - Tokens.Length) - 1);

    /// <summary>What the host holds.</summary>
    public Generation Handle { get; }

    /// <summary>How many of the largest logits a choice depends on, usually.</summary>
    public int Candidates => _constrained?.Candidates ?? _sampler.Candidates;

    /// <summary>Whether tokens come with their probabilities, for which all logits are needed.</summary>
    public bool WantsProbabilities => _options.LogProbabilities is not null;

    /// <inheritdoc/>
    public override TimeSpan? Deadline => Arrival + _options.TimeLimit;

    /// <summary>The next token, by its candidates.</summary>
    /// <param name="largest">The <see cref="Candidates"/> largest logits, ranked.</param>
    /// <param name="readLogits">Gives all logits, where the candidates don't do.</param>
    public int Choose(ReadOnlySpan<RankedValue> largest, Func<ReadOnlySpan<float>> readLogits)
    {
        var choice = _constrained is null ? _sampler.Sample(largest, Tokens) : _constrained.Choose(largest, Tokens, readLogits);
        return _options.Script is { } script ? script(Tokens.Length) : choice;
    }

    /// <summary>What it would choose after other tokens, were they not constrained.</summary>
    public int Guess(ReadOnlySpan<RankedValue> largest, ReadOnlySpan<int> tokens)
    {
        var guess = _sampler.Sample(largest[..Math.Min(largest.Length, _sampler.Candidates)], tokens);
        _sampler.Forget();
        return guess;
    }

    /// <summary>A token that is certain to come next, whatever the model says; null if there is none.</summary>
    public int? Forced() => _options.Script is null ? _constrained?.Forced() : null;

    /// <summary>What came of drafts.</summary>
    public void NoteDrafts(int drafts, int accepted)
    {
        Handle.Statistics.DraftedTokens += drafts;
        Handle.Statistics.AcceptedTokens += accepted;
    }

    /// <summary>Appends a token and gives it out. Tells why it is the last one, if it is.</summary>
    public FinishReason Add(int token, LogProbabilities? probabilities, TimeSpan now)
    {
        Append(token);
        _sampler.Accept(token);
        Chosen?.Invoke(token);
        var statistics = Handle.Statistics;
        statistics.CachedTokens = statistics.GeneratedTokens == 0 ? Math.Min(Reused, statistics.PromptTokens) : statistics.CachedTokens;
        statistics.Preemptions = Preemptions;
        statistics.GeneratedTokens++;
        statistics.Duration = now - Arrival;
        if (statistics.GeneratedTokens == 1)
        {
            statistics.TimeToFirstToken = statistics.Duration;
        }

        var isEnd = !_options.IgnoreEnd && _model.HasTokenizer && _model.Tokenizer.IsEndOfGeneration(token);
        var isWhole = _constrained is { IsFinished: true };
        var isLast = statistics.GeneratedTokens == _options.MaxTokens || Tokens.Length > _model.ContextLength;
        var text = _stops.Append(isEnd || _text is null ? "" : _text.Append(token));
        if ((isEnd || isWhole || isLast) && _text is not null)
        {
            text += _stops.Append(_text.Flush()) + _stops.Flush();
        }

        Handle.Write(probabilities is null
            ? new GeneratedToken(token, text)
            : new GeneratedToken(token, text)
            {
                LogProbability = probabilities.Of(token),
                Alternatives = probabilities.Likeliest(_options.LogProbabilities ?? 0),
            });
        return isEnd || isWhole || _stops.Stopped ? FinishReason.Stop : isLast ? FinishReason.Length : FinishReason.None;
    }

    /// <summary>It ended as it should.</summary>
    public void End(FinishReason reason)
    {
        EndQueueTime(EngineThread.Now);
        Handle.End(reason, Tokens);
        TellOfEnd(reason, null);
    }

    /// <inheritdoc/>
    public override void Fail(Exception reason)
    {
        EndQueueTime(EngineThread.Now);
        Handle.Fail(reason, Tokens);
        TellOfEnd(FinishReason.None, reason);
    }

    /// <inheritdoc/>
    protected override void Admitted(TimeSpan now) => EndQueueTime(now);

    private void EndQueueTime(TimeSpan now)
    {
        if (!_hasQueueTime)
        {
            _hasQueueTime = true;
            Handle.Statistics.QueueTime = now - Arrival;
        }
    }

    private void TellOfEnd(FinishReason reason, Exception? failure)
    {
        try
        {
            Ended?.Invoke(reason, failure);
        }
#pragma warning disable CA1031 // Whoever observes may fail as he likes: nobody's answer is worse for it.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
