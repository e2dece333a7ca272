using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>Makes an expression of a schema: of the JSON texts of the values that it takes.</summary>
internal static class JsonSchemaCompiler
{
    /// <exception cref="GrammarException">The schema can't be read, uses what isn't supported, or takes no value.</exception>
    public static Expression Compile(string schema, ExpressionStore store, JsonSchemaOptions options)
    {
        var document = SchemaDocument.Parse(schema);
        var values = new SchemaValues(store, document, options);
        var root = values.Of([new(document.Root, true)]);
        values.Finish();
        return root.IsProductive
            ? store.Sequence(values.Layout.Space, root.Expression, values.Layout.Space)
            : throw new GrammarException("the schema takes no value");
    }
}
