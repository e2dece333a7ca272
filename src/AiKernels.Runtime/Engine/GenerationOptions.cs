using AiKernels.Runtime.Sampling;

namespace AiKernels.Runtime.Engine;

/// <summary>How a text is continued.</summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens to generate.</summary>
    public int MaxTokens { get; init; } = 256;

    /// <summary>How each token is chosen.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Texts that end the generation; they and what follows them are not given out.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Whether names of control tokens in the prompt stand for them. Leave it off for text that isn't trusted.</summary>
    public bool ParseSpecial { get; init; }

    /// <summary>Whether to go on past tokens by which the model says that it has finished.</summary>
    public bool IgnoreEnd { get; init; }
}
