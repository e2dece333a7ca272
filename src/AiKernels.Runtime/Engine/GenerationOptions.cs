using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Sampling;

namespace AiKernels.Runtime.Engine;

/// <summary>How a text is continued.</summary>
/// <example>
/// <code>
/// var options = new GenerationOptions { MaxTokens = 100, StopStrings = ["\n\n"], Sampling = new SamplingOptions { Temperature = 0.7f, Seed = 1 } };
/// </code>
/// </example>
public sealed record GenerationOptions
{
    /// <summary>The most stop strings.</summary>
    public const int MostStopStrings = 64;

    /// <summary>The most characters of a stop string.</summary>
    public const int LongestStopString = 1024;

    /// <summary>The most alternatives to a token that can be asked for.</summary>
    public const int MostLogProbabilities = 100;

    /// <summary>Priorities run from this below 0 to this above.</summary>
    public const int MostPriority = 100;

    /// <summary>The most tokens to generate.</summary>
    public int MaxTokens { get; init; } = 256;

    /// <summary>How each token is chosen.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Texts that end the generation; they and what follows them are not given out. Empty ones never match.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Whether names of control tokens in the prompt stand for them. Leave it off for text that isn't trusted.</summary>
    public bool ParseSpecial { get; init; }

    /// <summary>What the text has to follow; null for anything. The same grammar serves any number of requests.</summary>
    public Grammar? Grammar { get; init; }

    /// <summary>Whether to go on past tokens by which the model says that it has finished.</summary>
    public bool IgnoreEnd { get; init; }

    /// <summary>
    /// Whether tokens come with the logarithms of their probabilities, and with those of so many of the likeliest; null for
    /// neither. Each such token costs a look at the whole vocabulary.
    /// </summary>
    public int? LogProbabilities { get; init; }

    /// <summary>
    /// Who asks. Tenants get equal shares of the machine where they compete for it, and never share keys and values: no request
    /// is answered sooner because another tenant's began alike.
    /// </summary>
    public string Tenant { get; init; } = "";

    /// <summary>The larger, the sooner: requests of higher priority take pages and places from those of lower, for a while.</summary>
    public int Priority { get; init; }

    /// <summary>
    /// How long it may take from now on, waiting included; then it ends as it is, with <see cref="FinishReason.Deadline"/>,
    /// and without text that was held back, since it might have become a stop string or a character.
    /// Null for as long as it takes.
    /// </summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>
    /// For tests and measurements: what is chosen, whatever the model says, by the number of tokens before. Whatever it throws
    /// ends the request.
    /// </summary>
    internal Func<int, int>? Script { get; init; }

    /// <summary>These options, checked, and with a list of stop strings that nobody changes any more.</summary>
    internal GenerationOptions Checked()
    {
        Validate();
        return this with { StopStrings = [.. StopStrings] };
    }

    /// <summary>Checks that every option is in its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One isn't; the message names it.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(MaxTokens);
        ArgumentNullException.ThrowIfNull(Tenant);
        ArgumentNullException.ThrowIfNull(Sampling);
        ArgumentNullException.ThrowIfNull(StopStrings);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(StopStrings.Count, MostStopStrings, nameof(StopStrings));
        foreach (var stop in StopStrings)
        {
            ArgumentNullException.ThrowIfNull(stop, nameof(StopStrings));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(stop.Length, LongestStopString, nameof(StopStrings));
        }

        if (LogProbabilities is < 0 or > MostLogProbabilities)
        {
            throw new ArgumentOutOfRangeException(
                nameof(LogProbabilities), LogProbabilities, $"LogProbabilities must be 0 to {MostLogProbabilities}");
        }

        if (Priority is < -MostPriority or > MostPriority)
        {
            throw new ArgumentOutOfRangeException(nameof(Priority), Priority, $"Priority must be -{MostPriority} to {MostPriority}");
        }

        if (TimeLimit < TimeSpan.Zero || TimeLimit > EngineOptions.MostTime)
        {
            throw new ArgumentOutOfRangeException(nameof(TimeLimit), TimeLimit, $"TimeLimit must be 0 to {EngineOptions.MostTime.TotalDays} days");
        }

        Sampling.Validate();
    }
}
