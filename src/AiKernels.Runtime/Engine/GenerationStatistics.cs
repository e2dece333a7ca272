namespace AiKernels.Runtime.Engine;

/// <summary>What a generation used, and how long it took. Filled while it runs.</summary>
/// <example><code>Console.WriteLine($"{generation.Statistics.DecodeTokensPerSecond:F1} tokens/s");</code></example>
public sealed class GenerationStatistics
{
    /// <summary>Tokens of the prompt.</summary>
    public int PromptTokens { get; internal set; }

    /// <summary>Those of them whose keys and values were found in memory when its turn came.</summary>
    public int CachedTokens { get; internal set; }

    /// <summary>Tokens that were chosen.</summary>
    public int GeneratedTokens { get; internal set; }

    /// <summary>Tokens that were guessed and checked.</summary>
    public int DraftedTokens { get; internal set; }

    /// <summary>Those of them that were right: each is a token that cost no step of its own.</summary>
    public int AcceptedTokens { get; internal set; }

    /// <summary>How often it had to give its memory to others and wait anew.</summary>
    public int Preemptions { get; internal set; }

    /// <summary>From its submission until its turn came.</summary>
    public TimeSpan QueueTime { get; internal set; }

    /// <summary>From its submission to its first token; zero before that.</summary>
    public TimeSpan TimeToFirstToken { get; internal set; }

    /// <summary>From its submission to its last token so far.</summary>
    public TimeSpan Duration { get; internal set; }

    /// <summary>Prompt tokens a second that were computed; 0 before the first token.</summary>
    public double PrefillTokensPerSecond => Rate(PromptTokens - CachedTokens, TimeToFirstToken - QueueTime);

    /// <summary>Answer tokens a second after the first one; 0 before the second.</summary>
    public double DecodeTokensPerSecond => Rate(GeneratedTokens - 1, Duration - TimeToFirstToken);

    private static double Rate(int tokens, TimeSpan time) => tokens > 0 && time > TimeSpan.Zero ? tokens / time.TotalSeconds : 0;
}
