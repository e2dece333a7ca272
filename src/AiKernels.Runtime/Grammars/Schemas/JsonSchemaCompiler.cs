using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>Makes an expression of a schema: of the JSON texts of the values that it takes, of what may stand around them, and whether items must differ.</summary>
internal static class JsonSchemaCompiler
{
    /// <exception cref="GrammarException">The schema can't be read, uses what isn't supported, or takes no value.</exception>
    public static (Expression Value, Expression Space, bool HasUniqueItems) Compile(string schema, JsonSchemaOptions options)
    {
        var document = SchemaDocument.Parse(schema);
        var values = new SchemaValues(new ExpressionStore(), document, options);
        var root = values.Of([new(document.Root, true)]);
        values.Finish();
        return root.IsProductive
            ? (root.Expression, values.Layout.Space, values.HasUniqueItems)
            : throw new GrammarException("the schema takes no value");
    }
}
