using AiKernels.Runtime.Grammars.Characters;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>Makes an expression of a schema: of the JSON texts of the values that it takes, of what may stand around them, and whether items must differ.</summary>
internal static class JsonSchemaCompiler
{
    /// <param name="schema">The schema.</param>
    /// <param name="options">How the JSON is written.</param>
    /// <param name="store">Makes expressions.</param>
    /// <param name="isGenerated">Whether they are of texts that are generated, where one way to write a string or a constant does.</param>
    /// <exception cref="GrammarException">The schema can't be read, uses what isn't supported, or takes no value.</exception>
    public static (Expression Value, Expression Space, bool HasUniqueItems) Compile(
        string schema, JsonSchemaOptions options, ExpressionStore store, bool isGenerated = false)
    {
        var document = SchemaDocument.Parse(schema, hasOrderedConstants: isGenerated);
        var values = new SchemaValues(store, document, options, new JsonStringEncoding(store, isPlain: isGenerated), isGenerated);
        var root = values.Of([new(document.Root, true)]);
        values.Finish();
        return root.IsProductive
            ? (root.Expression, values.Layout.Space, values.HasUniqueItems)
            : throw new GrammarException("the schema takes no value");
    }
}
