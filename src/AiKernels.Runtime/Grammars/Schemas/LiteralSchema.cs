using System.Text.Json;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>What schemas say of null, true and false.</summary>
internal sealed class LiteralSchema(ExpressionStore store, SchemaDocument document) : ScalarSchema(store, document)
{
    private Expression Null { get; } = store.Literal("null"u8);

    private Expression True { get; } = store.Literal("true"u8);

    private Expression False { get; } = store.Literal("false"u8);

    protected override Expression Universe => Store.Choice(Null, True, False);

    protected override Expression? OfType(string type) => type switch
    {
        "null" => Null,
        "boolean" => Store.Choice(True, False),
        _ => null,
    };

    protected override Expression? OfConstant(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => Null,
        JsonValueKind.True => True,
        JsonValueKind.False => False,
        _ => null,
    };

    protected override IEnumerable<Expression> OfKeywords(SchemaNode node) => [];
}
