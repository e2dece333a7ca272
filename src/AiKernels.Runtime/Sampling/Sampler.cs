using AiKernels.Numerics;

namespace AiKernels.Runtime.Sampling;

/// <summary>
/// Chooses tokens. The choice is a function of the logits, the recent tokens, the seed and the position alone.
/// Not thread-safe: it reuses its memory.
/// </summary>
public sealed class Sampler
{
    private readonly SamplingOptions _options;
    private readonly int _vocabularySize;
    private readonly RepetitionPenalty? _penalty;
    private readonly RankedValue[] _ranked;
    private readonly double[] _weights;

    /// <summary>A sampler for so many tokens.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, or there are no tokens.</exception>
    public Sampler(SamplingOptions options, int vocabularySize)
    {
        options.Validate();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabularySize);
        _options = options;
        _vocabularySize = vocabularySize;
        _penalty = options.RepetitionPenalty == 1
            ? null
            : new RepetitionPenalty(options.RepetitionPenalty, options.RepetitionWindow, vocabularySize);
        var kept = options.Temperature == 0 ? 1 : options.TopK == 0 ? vocabularySize : Math.Min(options.TopK, vocabularySize);
        _ranked = new RankedValue[kept];
        _weights = new double[kept];
        Candidates = CountCandidates(options, kept, vocabularySize);
    }

    /// <summary>How many of the largest logits a choice depends on; all others can't change it.</summary>
    public int Candidates { get; }

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

        RankedValue.Largest(_penalty is null ? logits : _penalty.Of(logits, history), _ranked);
        return Choose(_ranked.Length, history.Length);
    }

    /// <summary>The next token.</summary>
    /// <param name="largest">
    /// The <see cref="Candidates"/> largest logits, ranked; the place of each is its token. Fewer, if all others are impossible.
    /// </param>
    /// <param name="history">The sequence so far.</param>
    /// <exception cref="ArgumentException">There are more, or none, or one is of no token.</exception>
    public int Sample(ReadOnlySpan<RankedValue> largest, ReadOnlySpan<int> history)
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

        var kept = _ranked.AsSpan(0, Math.Min(_ranked.Length, largest.Length));
        if (_penalty is null)
        {
            largest[..kept.Length].CopyTo(kept);
        }
        else
        {
            _penalty.Rank(largest, history, kept);
        }

        return Choose(kept.Length, history.Length);
    }

    /// <summary>
    /// A penalty above 1 lowers the logits of as many tokens as are recent at most, so that as many more candidates do. One
    /// below 1 may raise any.
    /// </summary>
    private static int CountCandidates(SamplingOptions options, int kept, int vocabularySize)
    {
        var lowered = options.RepetitionPenalty switch
        {
            > 1 => options.RepetitionWindow,
            < 1 => vocabularySize,
            _ => 0,
        };
        return (int)Math.Min((long)kept + lowered, vocabularySize);
    }

    /// <summary>Chooses among the first ranks.</summary>
    private int Choose(int count, int position) => _options.Temperature == 0
        ? _ranked[0].Index
        : Draw(KeepMinP(KeepTopP(count)), CounterRandom.Uniform(_options.Seed, (ulong)position));

    /// <summary>How many of the first ranks have the wanted probability together.</summary>
    private int KeepTopP(int count)
    {
        var total = Weigh(count, temperature: 1);
        var sum = 0.0;
        for (var rank = 0; rank < count; rank++)
        {
            sum += _weights[rank];
            if (_options.TopP < 1 && sum >= _options.TopP * total)
            {
                return rank + 1;
            }
        }

        return count;
    }

    private int KeepMinP(int count)
    {
        var kept = 1;
        while (kept < count && _weights[kept] >= _options.MinP * _weights[0])
        {
            kept++;
        }

        return kept;
    }

    private int Draw(int count, double uniform)
    {
        var target = uniform * Weigh(count, _options.Temperature);
        var sum = 0.0;
        for (var rank = 0; rank < count - 1; rank++)
        {
            sum += _weights[rank];
            if (sum > target)
            {
                return _ranked[rank].Index;
            }
        }

        return _ranked[count - 1].Index;
    }

    /// <summary>Probabilities of the first ranks, relative to the likeliest; gives their sum.</summary>
    private double Weigh(int count, float temperature)
    {
        var sum = 0.0;
        for (var rank = 0; rank < count; rank++)
        {
            _weights[rank] = Elementary.Exp(((double)_ranked[rank].Value - _ranked[0].Value) / temperature);
            sum += _weights[rank];
        }

        return sum;
    }
}
