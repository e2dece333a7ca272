using AiKernels.Numerics;

namespace AiKernels.Runtime.Engine;

/// <summary>Logarithms of the probabilities that a model gives the next token: logit - ln sum exp(logits). Reuses its memory.</summary>
internal sealed class LogProbabilities(int vocabulary, int choices)
{
    private double _logarithmOfSum;

    /// <summary>The logits [vocabulary], to be written before <see cref="Prepare"/>.</summary>
    public float[] Logits { get; } = new float[vocabulary];

    private ReadOnlySpan<float> Chosen => Logits.AsSpan(0, choices);

    /// <summary>ln sum exp(logits).</summary>
    public static double LogarithmOfSum(ReadOnlySpan<float> logits)
    {
        var (largest, sum) = (float.NegativeInfinity, 0.0);
        foreach (var logit in logits)
        {
            largest = logit > largest ? logit : largest;
        }

        foreach (var logit in logits)
        {
            sum += Elementary.Exp((double)logit - largest);
        }

        return Elementary.Log(sum) + largest;
    }

    /// <summary>The logits are there.</summary>
    public void Prepare() => _logarithmOfSum = LogarithmOfSum(Chosen);

    /// <summary>A token's.</summary>
    public float Of(int token) => (float)(Logits[token] - _logarithmOfSum);

    /// <summary>The likeliest tokens.</summary>
    public IReadOnlyList<TokenProbability> Likeliest(int count)
    {
        if (count == 0)
        {
            return [];
        }

        var ranked = new RankedValue[Math.Min(count, choices)];
        RankedValue.Largest(Chosen, ranked);
        return [.. ranked.Select(value => new TokenProbability(value.Index, Of(value.Index)))];
    }
}
