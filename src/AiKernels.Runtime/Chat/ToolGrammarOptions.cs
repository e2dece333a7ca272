using AiKernels.Runtime.Grammars;

namespace AiKernels.Runtime.Chat;

/// <summary>What else a grammar for tool calls depends on.</summary>
/// <example>
/// <code>
/// var options = new ToolGrammarOptions { IsParallel = false, Thinking = syntax.ThinkingAfter(tokenizer, tokens) };
/// </code>
/// </example>
public sealed record ToolGrammarOptions
{
    /// <summary>Whether an answer may have several calls, where its family can.</summary>
    /// <example><code>var options = new ToolGrammarOptions { IsParallel = false };</code></example>
    public bool IsParallel { get; init; } = true;

    /// <summary>
    /// Where reasoning stands behind the prompt. If nobody says, an answer that has to call a tool may think aloud as long as it
    /// likes, since that may be reasoning, but name no marker of a call.
    /// </summary>
    /// <example><code>var options = new ToolGrammarOptions { Thinking = syntax.ThinkingAfter(tokenizer, tokens) };</code></example>
    public ThinkingState Thinking { get; init; }

    /// <summary>What stands between the values of JSON; as the model likes, if nothing is said.</summary>
    /// <example><code>var options = new ToolGrammarOptions { Whitespace = JsonWhitespace.OneSpace };</code></example>
    public JsonWhitespace Whitespace { get; init; }

    /// <summary>
    /// What the text has to follow, while reasoning before it and calls instead of it stay as they are; null for anything. Then an
    /// answer ends with its text or a call, and not with its reasoning. A text that begins as one of these isn't written, as far as
    /// the grammar has no rules within each other. Read it with <see cref="AnswerReaderOptions.IsTextRequired"/>.
    /// </summary>
    /// <example><code>var options = new ToolGrammarOptions { Text = Grammar.FromJsonSchema(schema).Source };</code></example>
    public GrammarSource? Text { get; init; }
}
