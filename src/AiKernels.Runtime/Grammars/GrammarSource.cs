namespace AiKernels.Runtime.Grammars;

/// <summary>How a grammar is written.</summary>
internal enum GrammarKind
{
    Gbnf,
    JsonSchema,
    Regex,
}

/// <summary>What a grammar was made from, so that it can be made again.</summary>
/// <param name="Kind">How it is written.</param>
/// <param name="Text">The text.</param>
internal sealed record GrammarSource(GrammarKind Kind, string Text)
{
    /// <summary>How JSON is written that a schema constrains.</summary>
    public JsonSchemaOptions? Options { get; init; }
}
