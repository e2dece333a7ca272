using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Sampling;

/// <summary>
/// Chooses tokens. The choice is a function of the logits, the recent tokens, the seed and the position alone; with Mirostat,
/// also of what was chosen before. Not thread-safe: it reuses its memory.
/// </summary>
/// <example>
/// <code>
/// var sampler = new Sampler(new SamplingOptions { Temperature = 0.7f, Seed = 7 }, logits.Length, tokenizer);
/// var next = sampler.Sample(logits, history);
/// sampler.Accept(next);
/// </code>
/// </example>
public sealed class Sampler
{
    // What exclusion of top choices draws by, so that it isn't the number that the token is drawn by.
    private const ulong ExclusionSeed = 0x9E37_79B9_7F4A_7C15;

    private readonly SamplingOptions _options;
    private readonly int _vocabularySize;
    private readonly Penalties _penalties;
    private readonly DryPenalty _dry;
    private readonly CandidateList _left;
    private readonly RankedValue[] _largest;
    private double _mirostatBound, _surprise;
    private int _drawn = -1;

    /// <summary>A sampler for so many tokens.</summary>
    /// <param name="options">How to choose.</param>
    /// <param name="vocabularySize">How many tokens there are.</param>
    /// <param name="tokenizer">Knows the texts of tokens, by which some break repetitions; null if they have none.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, or there are no tokens.</exception>
    public Sampler(SamplingOptions options, int vocabularySize, Tokenizer? tokenizer = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabularySize);
        (_options, _vocabularySize) = (options, vocabularySize);
        _penalties = new Penalties(options);
        _dry = new DryPenalty(options, tokenizer is null ? null : token => (uint)token < (uint)tokenizer.VocabularySize ? tokenizer.Piece(token) : []);
        Candidates = CountCandidates();
        _left = new CandidateList(Candidates);
        _largest = new RankedValue[Candidates];
        _mirostatBound = 2 * (double)(options.MirostatTau ?? 0);
    }

    /// <summary>How many of the largest logits a choice depends on; all others can't change it.</summary>
    public int Candidates { get; }

    /// <summary>Whether only the largest logit counts, whatever is drawn.</summary>
    private bool IsGreedy => _options is { Temperature: 0, DynamicTemperatureRange: 0, XtcProbability: 0, TypicalP: 1, MirostatTau: null }
        && _options.Order.Contains(SamplerStage.Temperature);

    /// <summary>The next token.</summary>
    /// <param name="logits">One for each token of the vocabulary.</param>
    /// <param name="history">The sequence so far.</param>
    /// <exception cref="ArgumentException">There are more or fewer logits than tokens.</exception>
    public int Sample(ReadOnlySpan<float> logits, ReadOnlySpan<int> history)
    {
        if (logits.Length != _vocabularySize)
        {
            throw new ArgumentException($"the sampler is for {_vocabularySize} logits, not {logits.Length}", nameof(logits));
        }

        RankedValue.Largest(logits, _largest);
        return Sample(_largest, history);
    }

    /// <summary>The next token.</summary>
    /// <param name="largest">
    /// The <see cref="Candidates"/> largest logits, ranked; the place of each is its token. Fewer, if all others are impossible.
    /// </param>
    /// <param name="history">The sequence so far.</param>
    /// <exception cref="ArgumentException">There are more, or none, or one is of no token.</exception>
    public int Sample(ReadOnlySpan<RankedValue> largest, ReadOnlySpan<int> history) => Sample(largest, history, attempt: 0);

    /// <summary>As <see cref="Sample(ReadOnlySpan{RankedValue}, ReadOnlySpan{int})"/>, by another random number where so many choices turned out to be impossible.</summary>
    /// <remarks>By the same number, what ranks first would be chosen more often than it is probable.</remarks>
    internal int Sample(ReadOnlySpan<RankedValue> largest, ReadOnlySpan<int> history, uint attempt)
    {
        if (largest.Length > Candidates || largest.IsEmpty)
        {
            throw new ArgumentException($"the sampler chooses among 1 to {Candidates} candidates, not {largest.Length}", nameof(largest));
        }

        foreach (var candidate in largest)
        {
            if ((uint)candidate.Index >= (uint)_vocabularySize)
            {
                throw new ArgumentException($"there is no token {candidate.Index} among {_vocabularySize}", nameof(largest));
            }
        }

        _left.Set(largest);
        foreach (var stage in _options.Order)
        {
            Apply(stage, history);
        }

        return Draw(CounterRandom.Uniform(_options.Seed, (ulong)history.Length, attempt));
    }

    /// <summary>Notes that a token was taken, which Mirostat wants to know; one that was not drawn last changes nothing.</summary>
    public void Accept(int token)
    {
        if (token == _drawn && _options.MirostatTau is { } tau)
        {
            _mirostatBound -= _options.MirostatEta * (_surprise - tau);
        }

        _drawn = -1;
    }

    /// <summary>The last choice was only a guess: nobody takes it.</summary>
    internal void Forget() => _drawn = -1;

    private void Apply(SamplerStage stage, ReadOnlySpan<int> history)
    {
        switch (stage)
        {
            case SamplerStage.Penalties or SamplerStage.Dry:
                ActiveChange(stage)?.Apply(_left.Ranked, history);
                break;
            case SamplerStage.TopNSigma when _options.TopNSigma > 0:
                _left.KeepTopNSigma(_options.TopNSigma);
                break;
            case SamplerStage.TopK when _options.TopK > 0:
                _left.Keep(_options.TopK);
                break;
            case SamplerStage.TypicalP when _options.TypicalP < 1:
                _left.KeepTypical(_options.TypicalP);
                break;
            case SamplerStage.TopP when _options.TopP < 1:
                _left.KeepTopP(_options.TopP);
                break;
            case SamplerStage.MinP when _options.MinP > 0:
                _left.KeepMinP(_options.MinP);
                break;
            case SamplerStage.Xtc when CounterRandom.Uniform(_options.Seed ^ ExclusionSeed, (ulong)history.Length) < _options.XtcProbability:
                _left.ExcludeTopChoices(_options.XtcThreshold);
                break;
            case SamplerStage.Temperature:
                SetTemperature();
                break;
        }
    }

    private void SetTemperature()
    {
        var (temperature, range) = ((double)_options.Temperature, _options.DynamicTemperatureRange);
        if (range > 0)
        {
            _left.FollowEntropy(Math.Max(temperature - range, 0), temperature + range, _options.DynamicTemperatureExponent);
        }
        else
        {
            _left.Temperature = temperature;
        }

        if (_left.Temperature == 0)
        {
            _left.Keep(1);
            _left.Temperature = 1;
        }
    }

    private int Draw(double uniform)
    {
        if (_options.MirostatTau is null)
        {
            return _left.Ranked[_left.Draw(uniform)].Index;
        }

        _left.KeepUnsurprising(_mirostatBound);
        var rank = _left.Draw(uniform);
        (_surprise, _drawn) = (_left.Surprise(rank), _left.Ranked[rank].Index);
        return _drawn;
    }

    /// <summary>As many as the first stage keeps that leaves tokens out, and those that may fall behind before it.</summary>
    private int CountCandidates()
    {
        var lowered = 0L;
        for (var i = 0; i < _options.Order.Count; i++)
        {
            var stage = _options.Order[i];
            if (ActiveChange(stage) is { } change)
            {
                if (change.Lowered is not { } more)
                {
                    return _vocabularySize; // Any token may come up.
                }

                lowered += more;
            }
            else if (Depends(stage))
            {
                var isDecided = IsGreedy && !_options.Order.Skip(i).Any(later => ActiveChange(later) is not null);
                var kept = isDecided ? 1 : stage == SamplerStage.TopK ? _options.TopK : _vocabularySize;
                return (int)Math.Min(kept + lowered, _vocabularySize);
            }
        }

        return _vocabularySize;
    }

    private LogitChange? ActiveChange(SamplerStage stage) => stage switch
    {
        SamplerStage.Penalties when _penalties.IsActive => _penalties,
        SamplerStage.Dry when _dry.IsActive => _dry,
        _ => null,
    };

    /// <summary>Whether what a stage does depends on which tokens are left.</summary>
    private bool Depends(SamplerStage stage) => stage switch
    {
        SamplerStage.TopNSigma => _options.TopNSigma > 0,
        SamplerStage.TopK => _options.TopK > 0,
        SamplerStage.TypicalP => _options.TypicalP < 1,
        SamplerStage.TopP => _options.TopP < 1,
        SamplerStage.MinP => _options.MinP > 0,
        SamplerStage.Xtc => _options.XtcProbability > 0,
        SamplerStage.Temperature => _options.Temperature == 0 || _options.DynamicTemperatureRange > 0,
        _ => false,
    };
}
