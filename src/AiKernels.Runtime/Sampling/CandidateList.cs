using AiKernels.Numerics;

namespace AiKernels.Runtime.Sampling;

/// <summary>The tokens that a choice is left with, ranked by their logits, and what leaves some of them out.</summary>
internal sealed class CandidateList(int capacity)
{
    private readonly RankedValue[] _ranked = new RankedValue[capacity];
    private readonly double[] _weights = new double[capacity];
    private (double Distance, int Rank)[] _byDistance = [];

    /// <summary>How many are left.</summary>
    public int Count { get; private set; }

    /// <summary>What logits are divided by.</summary>
    public double Temperature { get; set; }

    /// <summary>Those that are left.</summary>
    public Span<RankedValue> Ranked => _ranked.AsSpan(0, Count);

    /// <summary>Begins anew.</summary>
    public void Set(ReadOnlySpan<RankedValue> ranked)
    {
        ranked.CopyTo(_ranked);
        (Count, Temperature) = (ranked.Length, 1);
    }

    /// <summary>Keeps the first ranks.</summary>
    public void Keep(int count) => Count = Math.Clamp(count, 1, Count);

    /// <summary>Keeps the first ranks that have a probability together.</summary>
    public void KeepTopP(double probability)
    {
        var total = Weigh();
        var sum = 0.0;
        for (var rank = 0; rank < Count; rank++)
        {
            sum += _weights[rank];
            if (sum >= probability * total)
            {
                Keep(rank + 1);
            }
        }
    }

    /// <summary>Keeps those that have at least a part of the first one's probability.</summary>
    public void KeepMinP(double part)
    {
        Weigh();
        var kept = 1;
        while (kept < Count && _weights[kept] >= part * _weights[0])
        {
            kept++;
        }

        Keep(kept);
    }

    /// <summary>Keeps those whose logit is within so many standard deviations of the first one's.</summary>
    public void KeepTopNSigma(double deviations)
    {
        var (count, sum, squares) = (0, 0.0, 0.0);
        foreach (var candidate in Ranked)
        {
            var (logit, isFinite) = ((double)candidate.Value, float.IsFinite(candidate.Value));
            (count, sum, squares) = isFinite ? (count + 1, sum + logit, squares + (logit * logit)) : (count, sum, squares);
        }

        var mean = sum / count;
        var least = _ranked[0].Value - (deviations * Math.Sqrt(Math.Max((squares / count) - (mean * mean), 0)));
        var kept = 1;
        while (kept < Count && _ranked[kept].Value >= least)
        {
            kept++;
        }

        Keep(kept);
    }

    /// <summary>Keeps those whose surprise is nearest to the entropy and that have a probability together.</summary>
    public void KeepTypical(double probability)
    {
        var total = Weigh();
        var entropy = Entropy(total);
        _byDistance = _byDistance.Length < Count ? new (double, int)[_ranked.Length] : _byDistance;
        for (var rank = 0; rank < Count; rank++)
        {
            _byDistance[rank] = (Math.Abs(-Elementary.Log(_weights[rank] / total) - entropy), rank);
        }

        Array.Sort(_byDistance, 0, Count);
        var (kept, sum) = (0, 0.0);
        while (kept < Count && sum < probability * total)
        {
            sum += _weights[_byDistance[kept].Rank];
            kept++;
        }

        KeepRanks(_byDistance.AsSpan(0, Math.Max(kept, 1)));
    }

    /// <summary>Leaves all out that have a probability, but for the least likely of them.</summary>
    public void ExcludeTopChoices(double probability)
    {
        var total = Weigh();
        var choices = 0;
        while (choices < Count && _weights[choices] >= probability * total)
        {
            choices++;
        }

        if (choices > 1)
        {
            Ranked[(choices - 1)..].CopyTo(_ranked);
            Count -= choices - 1;
        }
    }

    /// <summary>Sets the temperature by the entropy: from the least to the most.</summary>
    public void FollowEntropy(double least, double most, double exponent)
    {
        if (Count > 1)
        {
            var part = Entropy(Weigh()) / Elementary.Log(Count);
            Temperature = least + ((most - least) * Elementary.Pow(Math.Clamp(part, double.Epsilon, 1), exponent));
        }
    }

    /// <summary>Keeps those that are at most so surprising, in bits.</summary>
    public void KeepUnsurprising(double bits)
    {
        var total = Weigh();
        var kept = 1;
        while (kept < Count && Bits(kept, total) <= bits)
        {
            kept++;
        }

        Keep(kept);
    }

    /// <summary>How surprising a rank is, in bits.</summary>
    public double Surprise(int rank) => Bits(rank, Weigh());

    /// <summary>The rank that a number from 0 to 1 falls on, each having its probability.</summary>
    public int Draw(double uniform)
    {
        var target = uniform * Weigh();
        var sum = 0.0;
        for (var rank = 0; rank < Count - 1; rank++)
        {
            sum += _weights[rank];
            if (sum > target)
            {
                return rank;
            }
        }

        return Count - 1;
    }

    private double Bits(int rank, double total) => -Elementary.Log(_weights[rank] / total) / Elementary.Log(2);

    /// <summary>Probabilities relative to the likeliest; gives their sum.</summary>
    private double Weigh()
    {
        var sum = 0.0;
        for (var rank = 0; rank < Count; rank++)
        {
            // Equal ones may be infinite, and have no difference.
            var (value, first) = ((double)_ranked[rank].Value, (double)_ranked[0].Value);
            _weights[rank] = value == first ? 1 : Elementary.Exp((value - first) / Temperature);
            sum += _weights[rank];
        }

        return sum;
    }

    private double Entropy(double total)
    {
        var entropy = 0.0;
        for (var rank = 0; rank < Count; rank++)
        {
            var probability = _weights[rank] / total;
            entropy -= probability > 0 ? probability * Elementary.Log(probability) : 0;
        }

        return entropy;
    }

    private void KeepRanks(Span<(double Distance, int Rank)> ranks)
    {
        ranks.Sort((a, b) => a.Rank.CompareTo(b.Rank));
        for (var i = 0; i < ranks.Length; i++)
        {
            _ranked[i] = _ranked[ranks[i].Rank];
        }

        Keep(ranks.Length);
    }
}
