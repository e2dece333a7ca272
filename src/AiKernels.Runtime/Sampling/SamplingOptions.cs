namespace AiKernels.Runtime.Sampling;

/// <summary>
/// How the next token is chosen from the logits. Applied in this order: repetition penalty, top-k, top-p, min-p,
/// temperature, draw.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>Always the token of the largest logit; the lower id among equals.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Logits are divided by this before the draw; 0 takes the largest.</summary>
    public float Temperature { get; init; } = 0.8f;

    /// <summary>Only so many tokens of the largest logits are kept; 0 keeps all.</summary>
    public int TopK { get; init; } = 40;

    /// <summary>Only the likeliest tokens that together have this probability are kept; 1 keeps all. Source: arXiv:1904.09751.</summary>
    public float TopP { get; init; } = 0.95f;

    /// <summary>Only tokens at least this likely, relative to the likeliest, are kept; 0 keeps all. Source: arXiv:2407.01082.</summary>
    public float MinP { get; init; } = 0.05f;

    /// <summary>Logits of recent tokens are divided by this where positive, multiplied where negative; 1 does nothing. Source: arXiv:1909.05858.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>How many of the last tokens are recent.</summary>
    public int RepetitionWindow { get; init; } = 64;

    /// <summary>Picks the random numbers: the same seed and prompt give the same text, on any machine.</summary>
    public ulong Seed { get; init; }

    /// <summary>Checks that every option is in its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One isn't; the message names it.</exception>
    public void Validate()
    {
        Check(Temperature >= 0 && float.IsFinite(Temperature), nameof(Temperature), Temperature, "0 or positive");
        Check(TopK >= 0, nameof(TopK), TopK, "0 or positive");
        Check(TopP is > 0 and <= 1, nameof(TopP), TopP, "above 0 and at most 1");
        Check(MinP is >= 0 and <= 1, nameof(MinP), MinP, "0 to 1");
        Check(RepetitionPenalty > 0 && float.IsFinite(RepetitionPenalty), nameof(RepetitionPenalty), RepetitionPenalty, "positive");
        Check(RepetitionWindow >= 0, nameof(RepetitionWindow), RepetitionWindow, "0 or positive");
    }

    private static void Check(bool fits, string name, object value, string range)
    {
        if (!fits)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {range}");
        }
    }
}
