namespace AiKernels.Runtime.Sampling;

/// <summary>How the next token is chosen from the logits: the stages of <see cref="Order"/>, then a draw.</summary>
/// <example>
/// <code>
/// var options = new SamplingOptions
/// {
///     Temperature = 0.7f,
///     FrequencyPenalty = 0.2f,
///     Order = [SamplerStage.Penalties, SamplerStage.TopK, SamplerStage.Temperature],
///     Seed = 7,
/// };
/// var generation = engine.Submit("Once upon a time", new GenerationOptions { Sampling = options });
/// </code>
/// </example>
public sealed record SamplingOptions
{
    /// <summary>The most strings in <see cref="DryBreakers"/>, and entries in <see cref="LogitBias"/>.</summary>
    public const int MostEntries = 1024;

    /// <summary>The stages in the order in which llama.cpp has them.</summary>
    public static IReadOnlyList<SamplerStage> DefaultOrder { get; } = Enum.GetValues<SamplerStage>();

    /// <summary>Always the token of the largest logit; the lower id among equals.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Logits are divided by this; 0 takes the largest.</summary>
    public float Temperature { get; init; } = 0.8f;

    /// <summary>
    /// The temperature follows the entropy H of what is left of n tokens: from this much below <see cref="Temperature"/> to as
    /// much above, by (H / ln n)^<see cref="DynamicTemperatureExponent"/>; 0 keeps it where it is.
    /// </summary>
    public float DynamicTemperatureRange { get; init; }

    /// <summary>How fast the temperature rises with the entropy.</summary>
    public float DynamicTemperatureExponent { get; init; } = 1;

    /// <summary>Only so many tokens of the largest logits are kept; 0 keeps all.</summary>
    public int TopK { get; init; } = 40;

    /// <summary>Only the likeliest tokens that together have this probability are kept; 1 keeps all. Source: arXiv:1904.09751.</summary>
    public float TopP { get; init; } = 0.95f;

    /// <summary>Only tokens at least this likely, relative to the likeliest, are kept; 0 keeps all. Source: arXiv:2407.01082.</summary>
    public float MinP { get; init; } = 0.05f;

    /// <summary>
    /// Only those tokens are kept whose surprise -ln p is nearest to the entropy and that together have this probability; 1 keeps
    /// all. Source: arXiv:2202.00666.
    /// </summary>
    public float TypicalP { get; init; } = 1;

    /// <summary>Only tokens are kept whose logit is within so many standard deviations of the largest; 0 keeps all. Source: arXiv:2411.07641.</summary>
    public float TopNSigma { get; init; }

    /// <summary>
    /// With this probability all tokens that have a probability of <see cref="XtcThreshold"/> are left out but the least likely of
    /// them. Source: "Exclude Top Choices", by its author in oobabooga/text-generation-webui, pull request 6335.
    /// </summary>
    public float XtcProbability { get; init; }

    /// <summary>The probability from which a token is a top choice.</summary>
    public float XtcThreshold { get; init; } = 0.1f;

    /// <summary>
    /// Tokens that would go on with a repetition of n tokens, n at least <see cref="DryAllowedLength"/>, lose
    /// DryMultiplier * <see cref="DryBase"/>^(n - DryAllowedLength); 0 does nothing. Source: "Don't Repeat Yourself", by its author
    /// in oobabooga/text-generation-webui, pull request 5677.
    /// </summary>
    public float DryMultiplier { get; init; }

    /// <summary>See <see cref="DryMultiplier"/>.</summary>
    public float DryBase { get; init; } = 1.75f;

    /// <summary>See <see cref="DryMultiplier"/>.</summary>
    public int DryAllowedLength { get; init; } = 2;

    /// <summary>Among how many of the last tokens a repetition is looked for.</summary>
    public int DryWindow { get; init; } = 1024;

    /// <summary>No repetition goes across a token with one of these texts in it, or on with one.</summary>
    public IReadOnlyList<string> DryBreakers { get; init; } = ["\n", ":", "\"", "*"];

    /// <summary>Logits of recent tokens are divided by this where positive, multiplied where negative; 1 does nothing. Source: arXiv:1909.05858.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Logits of recent tokens lose this as often as they occur.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Logits of recent tokens lose this.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>How many of the last tokens are recent.</summary>
    public int RepetitionWindow { get; init; } = 64;

    /// <summary>What the logits of some tokens get added before all else; minus infinity forbids a token.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>
    /// Keeps the surprise, in bits, near this by leaving tokens out that are more surprising than a bound, which follows what
    /// was chosen; null doesn't. It comes after all stages; leave those out that leave tokens out. Source: Mirostat 2,
    /// arXiv:2007.14966.
    /// </summary>
    public float? MirostatTau { get; init; }

    /// <summary>How fast Mirostat's bound follows.</summary>
    public float MirostatEta { get; init; } = 0.1f;

    /// <summary>The stages, one after the other; one that isn't among them does nothing.</summary>
    public IReadOnlyList<SamplerStage> Order { get; init; } = DefaultOrder;

    /// <summary>Picks the random numbers: the same seed and prompt give the same text, on any machine.</summary>
    public ulong Seed { get; init; }

    private (float, float, float, int, float, float, float, float, float, float, float, float, int, int, float) Choice => (
        Temperature, DynamicTemperatureRange, DynamicTemperatureExponent, TopK, TopP, MinP, TypicalP, TopNSigma,
        XtcProbability, XtcThreshold, DryMultiplier, DryBase, DryAllowedLength, DryWindow, RepetitionPenalty);

    private (float, float, int, float?, float, ulong) Rest =>
        (FrequencyPenalty, PresencePenalty, RepetitionWindow, MirostatTau, MirostatEta, Seed);

    /// <summary>Whether all options are equal, lists by what is in them.</summary>
    public bool Equals(SamplingOptions? other) =>
        other is not null && Choice == other.Choice && Rest == other.Rest
        && DryBreakers.SequenceEqual(other.DryBreakers) && Order.SequenceEqual(other.Order)
        && LogitBias.Count == other.LogitBias.Count
        && LogitBias.All(bias => other.LogitBias.TryGetValue(bias.Key, out var value) && value.Equals(bias.Value));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Choice, Rest);

    /// <summary>Checks that every option is in its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One isn't; the message names it.</exception>
    public void Validate()
    {
        CheckLists();
        Check(Temperature >= 0 && float.IsFinite(Temperature), nameof(Temperature), Temperature, "0 or positive");
        Check(DynamicTemperatureRange >= 0 && float.IsFinite(DynamicTemperatureRange), nameof(DynamicTemperatureRange), DynamicTemperatureRange, "0 or positive");
        Check(DynamicTemperatureExponent > 0 && float.IsFinite(DynamicTemperatureExponent), nameof(DynamicTemperatureExponent), DynamicTemperatureExponent, "positive");
        Check(TopK >= 0, nameof(TopK), TopK, "0 or positive");
        Check(TopP is > 0 and <= 1, nameof(TopP), TopP, "above 0 and at most 1");
        Check(MinP is >= 0 and <= 1, nameof(MinP), MinP, "0 to 1");
        Check(TypicalP is > 0 and <= 1, nameof(TypicalP), TypicalP, "above 0 and at most 1");
        Check(TopNSigma >= 0 && float.IsFinite(TopNSigma), nameof(TopNSigma), TopNSigma, "0 or positive");
        Check(XtcProbability is >= 0 and <= 1, nameof(XtcProbability), XtcProbability, "0 to 1");
        Check(XtcThreshold is > 0 and <= 1, nameof(XtcThreshold), XtcThreshold, "above 0 and at most 1");
        Check(DryMultiplier >= 0 && float.IsFinite(DryMultiplier), nameof(DryMultiplier), DryMultiplier, "0 or positive");
        Check(DryBase >= 1 && float.IsFinite(DryBase), nameof(DryBase), DryBase, "1 or more");
        Check(DryAllowedLength >= 1, nameof(DryAllowedLength), DryAllowedLength, "1 or more");
        Check(DryWindow >= 0, nameof(DryWindow), DryWindow, "0 or positive");
        Check(RepetitionPenalty > 0 && float.IsFinite(RepetitionPenalty), nameof(RepetitionPenalty), RepetitionPenalty, "positive");
        Check(float.IsFinite(FrequencyPenalty), nameof(FrequencyPenalty), FrequencyPenalty, "a number");
        Check(float.IsFinite(PresencePenalty), nameof(PresencePenalty), PresencePenalty, "a number");
        Check(RepetitionWindow >= 0, nameof(RepetitionWindow), RepetitionWindow, "0 or positive");
        Check(MirostatTau is null or >= 0 and < float.PositiveInfinity, nameof(MirostatTau), MirostatTau ?? 0, "0 or positive");
        Check(MirostatEta is > 0 and <= 1, nameof(MirostatEta), MirostatEta, "above 0 and at most 1");
    }

    private void CheckLists()
    {
        ArgumentNullException.ThrowIfNull(DryBreakers);
        ArgumentNullException.ThrowIfNull(LogitBias);
        ArgumentNullException.ThrowIfNull(Order);
        Check(DryBreakers.Count <= MostEntries && !DryBreakers.Any(string.IsNullOrEmpty), nameof(DryBreakers), DryBreakers.Count, $"at most {MostEntries} texts, none of them empty");
        Check(LogitBias.Count <= MostEntries && !LogitBias.Any(bias => bias.Key < 0 || float.IsNaN(bias.Value) || float.IsPositiveInfinity(bias.Value)), nameof(LogitBias), LogitBias.Count, $"at most {MostEntries} numbers, of tokens");
        Check(Order.Distinct().Count() == Order.Count && Order.All(Enum.IsDefined), nameof(Order), Order.Count, "stages, each at most once");
    }

    private static void Check(bool fits, string name, object value, string range)
    {
        if (!fits)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {range}");
        }
    }
}
