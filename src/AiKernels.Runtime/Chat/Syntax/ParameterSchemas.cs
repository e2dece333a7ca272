using System.Text.Json;
using AiKernels.Runtime.Grammars.Schemas;

namespace AiKernels.Runtime.Chat.Syntax;

/// <summary>What a tool's schema says of single parameters, for families that write them one by one.</summary>
internal static class ParameterSchemas
{
    private const int MostDepth = 16;

    /// <summary>The parameters that a schema lists.</summary>
    public static IReadOnlyList<(string Name, SchemaNode Node)> Of(SchemaDocument document) =>
        document.Map(Target(document, document.Root), "properties");

    /// <summary>The schema that one refers to, if it is nothing but a reference.</summary>
    public static SchemaNode Target(SchemaDocument document, SchemaNode node)
    {
        for (var depth = 0; depth < MostDepth && node["$ref"] is { ValueKind: JsonValueKind.String } reference; depth++)
        {
            node = document.Resolve(node, reference.GetString()!);
        }

        return node;
    }

    /// <summary>Of what kinds the values are that a schema may take.</summary>
    public static JsonKinds Kinds(SchemaDocument document, SchemaNode node, int depth = 0)
    {
        if (node.Always is not null || depth > MostDepth)
        {
            return node.Always == false ? JsonKinds.None : JsonKinds.Any;
        }

        var kinds = SchemaTypes.Of(node) is { } types ? Join(types.Select(JsonKindsOf.Type)) : JsonKinds.Any;
        kinds &= node["const"] is { } constant ? JsonKindsOf.Value(constant) : JsonKinds.Any;
        kinds &= node["enum"] is { ValueKind: JsonValueKind.Array } list ? Join(list.EnumerateArray().Select(JsonKindsOf.Value)) : JsonKinds.Any;
        kinds &= node["$ref"] is { ValueKind: JsonValueKind.String } reference ? Of(document.Resolve(node, reference.GetString()!)) : JsonKinds.Any;
        foreach (var any in new[] { document.List(node, "anyOf"), document.List(node, "oneOf") })
        {
            kinds &= any.Count > 0 ? Join(any.Select(Of)) : JsonKinds.Any;
        }

        return document.List(node, "allOf").Aggregate(kinds, (known, all) => known & Of(all));

        JsonKinds Of(SchemaNode other) => Kinds(document, other, depth + 1);
    }

    private static JsonKinds Join(IEnumerable<JsonKinds> kinds) => kinds.Aggregate(JsonKinds.None, (known, kind) => known | kind);
}
