using AiKernels.Numerics;

namespace AiKernels.Runtime.Sampling;

/// <summary>
/// Chooses tokens. The choice is a function of the logits, the recent tokens, the seed and the position alone.
/// Not thread-safe: it reuses its memory.
/// </summary>
public sealed class Sampler
{
    private readonly SamplingOptions _options;
    private readonly RankedLogits _ranked;
    private readonly float[] _logits;
    private readonly double[] _weights;

    /// <summary>A sampler for so many tokens.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public Sampler(SamplingOptions options, int vocabularySize)
    {
        options.Validate();
        _options = options;
        _ranked = new RankedLogits(vocabularySize);
        _logits = new float[vocabularySize];
        _weights = new double[vocabularySize];
    }

    /// <summary>The next token.</summary>
    /// <param name="logits">One for each token of the vocabulary.</param>
    /// <param name="history">The sequence so far.</param>
    /// <exception cref="ArgumentException">There are more or fewer logits than tokens.</exception>
    public int Sample(ReadOnlySpan<float> logits, ReadOnlySpan<int> history)
    {
        if (logits.Length != _logits.Length)
        {
            throw new ArgumentException($"the sampler is for {_logits.Length} logits, not {logits.Length}", nameof(logits));
        }

        logits.CopyTo(_logits);
        Penalize(history);
        if (_options.Temperature == 0)
        {
            _ranked.Rank(_logits, 1);
            return _ranked.Token(0);
        }

        _ranked.Rank(_logits, _options.TopK == 0 ? _logits.Length : _options.TopK);
        var kept = KeepMinP(KeepTopP(_ranked.Count));
        return Draw(kept, CounterRandom.Uniform(_options.Seed, (ulong)history.Length));
    }

    private void Penalize(ReadOnlySpan<int> history)
    {
        if (_options.RepetitionPenalty == 1)
        {
            return;
        }

        var recent = history[Math.Max(history.Length - _options.RepetitionWindow, 0)..];
        for (var i = 0; i < recent.Length; i++)
        {
            if (recent[..i].Contains(recent[i]) || (uint)recent[i] >= (uint)_logits.Length)
            {
                continue; // Once, however often it occurs; and a token that can't be chosen has no logit.
            }

            ref var logit = ref _logits[recent[i]];
            logit = logit > 0 ? logit / _options.RepetitionPenalty : logit * _options.RepetitionPenalty;
        }
    }

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
                return _ranked.Token(rank);
            }
        }

        return _ranked.Token(count - 1);
    }

    /// <summary>Probabilities of the first ranks, relative to the likeliest; gives their sum.</summary>
    private double Weigh(int count, float temperature)
    {
        var sum = 0.0;
        for (var rank = 0; rank < count; rank++)
        {
            _weights[rank] = Elementary.Exp(((double)_ranked.Logit(rank) - _ranked.Logit(0)) / temperature);
            sum += _weights[rank];
        }

        return sum;
    }
}
