using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Gbnf;
using AiKernels.Runtime.Grammars.Schemas;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Chat.Constraints;

/// <summary>What the text of an answer has to be, beside reasoning and calls.</summary>
/// <param name="Expression">The text.</param>
/// <param name="HasUniqueItems">Whether its JSON has arrays whose items must differ.</param>
internal sealed record RequiredText(Expression Expression, bool HasUniqueItems = false)
{
    /// <summary>Makes it of a grammar's source, with the expressions of the rest of the answer.</summary>
    /// <exception cref="GrammarException">The source can't be read, or has no text.</exception>
    public static RequiredText Of(GrammarSource source, ExpressionStore store, Tokenizer? tokenizer) => source.Kind switch
    {
        GrammarKind.Gbnf => new(GbnfCompiler.Compile(source.Text, store, tokenizer)),
        GrammarKind.Regex => new(Grammar.Regex(source.Text, store)),
        GrammarKind.JsonSchema => OfSchema(source, store),
        _ => throw new GrammarException($"{source.Kind} is no grammar of a text"),
    };

    private static RequiredText OfSchema(GrammarSource source, ExpressionStore store)
    {
        var (value, _, hasUniqueItems) = JsonSchemaCompiler.Compile(source.Text, source.Options ?? new JsonSchemaOptions(), store, isGenerated: true);
        return new(store.Json(value), hasUniqueItems);
    }
}
