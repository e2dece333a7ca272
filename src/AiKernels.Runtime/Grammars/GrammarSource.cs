namespace AiKernels.Runtime.Grammars;

/// <summary>What a grammar was made from, so that it can be made again: see <see cref="Grammar.From"/>.</summary>
/// <param name="Kind">How it is written.</param>
/// <param name="Text">The text.</param>
public sealed record GrammarSource(GrammarKind Kind, string Text)
{
    /// <summary>How JSON is written, where the text is a schema.</summary>
    public JsonSchemaOptions? Options { get; init; }
}

/// <summary>How a grammar is written.</summary>
public enum GrammarKind
{
    /// <summary>In GBNF, see <see cref="Grammar.FromGbnf"/>.</summary>
    Gbnf,

    /// <summary>As a JSON Schema, see <see cref="Grammar.FromJsonSchema"/>.</summary>
    JsonSchema,

    /// <summary>As a regular expression, see <see cref="Grammar.FromRegex"/>.</summary>
    Regex,

    /// <summary>As tools and how they are called, in JSON, see <see cref="Chat.ToolGrammar"/>.</summary>
    Tools,
}
