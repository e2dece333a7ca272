namespace AiKernels.Runtime.Engine;

/// <summary>
/// A token that was chosen and the text that became certain with it: whole characters, at times none or several tokens'
/// worth. Every chosen token comes once, the one that ends the text included; the last one brings all that is left, unless the
/// answer was cut off by its time limit or a cancellation.
/// </summary>
/// <param name="Id">The token.</param>
/// <param name="Text">The text.</param>
/// <example>
/// <code>
/// await foreach (var token in engine.Submit("Once upon a time", new GenerationOptions { LogProbabilities = 3 }))
/// {
///     Console.WriteLine($"{token.Text} {token.LogProbability:F2}");
/// }
/// </code>
/// </example>
public readonly record struct GeneratedToken(int Id, string Text)
{
    /// <summary>
    /// ln of the probability that the model gave the token, before penalties and temperature: its logit less
    /// ln sum exp(logits). 0 unless <see cref="GenerationOptions.LogProbabilities"/> asks for it.
    /// </summary>
    public float LogProbability { get; init; }

    /// <summary>The likeliest tokens, the likeliest first, as many as <see cref="GenerationOptions.LogProbabilities"/> asks for.</summary>
    public IReadOnlyList<TokenProbability> Alternatives { get; init; } = [];
}

/// <summary>A token that might have been chosen.</summary>
/// <param name="Id">The token.</param>
/// <param name="LogProbability">ln of its probability, as in <see cref="GeneratedToken.LogProbability"/>.</param>
/// <example><code>var others = token.Alternatives.Select(other => $"{tokenizer.Decode([other.Id])} {other.LogProbability:F2}");</code></example>
public readonly record struct TokenProbability(int Id, float LogProbability);
