namespace AiKernels.Runtime.Engine;

/// <summary>What a generation cost.</summary>
public sealed class GenerationStatistics
{
    /// <summary>Tokens of the prompt that were run.</summary>
    public int PromptTokens { get; private set; }

    /// <summary>Tokens that were chosen.</summary>
    public int GeneratedTokens { get; internal set; }

    /// <summary>Time in the network for the prompt.</summary>
    public TimeSpan PrefillTime { get; private set; }

    /// <summary>Time in the network for the answer's tokens.</summary>
    public TimeSpan DecodeTime { get; private set; }

    /// <summary>Answer tokens that were run; the last one chosen never is.</summary>
    public int DecodedTokens { get; private set; }

    /// <summary>Prompt tokens a second; 0 before the first.</summary>
    public double PrefillTokensPerSecond => Rate(PromptTokens, PrefillTime);

    /// <summary>Answer tokens a second; 0 before the second.</summary>
    public double DecodeTokensPerSecond => Rate(DecodedTokens, DecodeTime);

    internal void Count(int tokens, bool isPrompt, TimeSpan time)
    {
        if (isPrompt)
        {
            PromptTokens += tokens;
            PrefillTime += time;
        }
        else
        {
            DecodedTokens += tokens;
            DecodeTime += time;
        }
    }

    private static double Rate(int tokens, TimeSpan time) => time > TimeSpan.Zero ? tokens / time.TotalSeconds : 0;
}
