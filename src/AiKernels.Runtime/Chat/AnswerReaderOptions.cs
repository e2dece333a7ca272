namespace AiKernels.Runtime.Chat;

/// <summary>What else it depends on how an answer is read.</summary>
/// <example>
/// <code>
/// var options = new AnswerReaderOptions { GenerationPrompt = "&lt;|im_start|&gt;assistant\n", IsTextRequired = true };
/// </code>
/// </example>
public sealed record AnswerReaderOptions
{
    /// <summary>
    /// What the rendered prompt has at its end that it hasn't without <c>add_generation_prompt</c>, so that nothing that a user
    /// wrote is taken for the beginning of the answer; null for what stands behind the prompt's last token of a turn's border.
    /// </summary>
    /// <example><code>var options = new AnswerReaderOptions { GenerationPrompt = "&lt;|assistant|&gt;\n&lt;think&gt;" };</code></example>
    public string? GenerationPrompt { get; init; }

    /// <summary>
    /// Whether the answer's text follows a grammar, as with <see cref="ToolGrammarOptions.Text"/>. Then it is text to its end,
    /// whatever it spells; reasoning and calls are looked for before it only.
    /// </summary>
    /// <example><code>var options = new AnswerReaderOptions { IsTextRequired = true };</code></example>
    public bool IsTextRequired { get; init; }
}
