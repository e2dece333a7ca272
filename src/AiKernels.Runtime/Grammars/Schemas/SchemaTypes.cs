using System.Text.Json;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>The types that a schema names.</summary>
internal static class SchemaTypes
{
    private static readonly string[] Known = ["null", "boolean", "integer", "number", "string", "array", "object"];

    /// <summary>The types; null if the schema doesn't say.</summary>
    /// <exception cref="GrammarException">It names one that isn't there.</exception>
    public static IReadOnlyList<string>? Of(SchemaNode node)
    {
        if (node["type"] is not { } type)
        {
            // Who says of what kind items are, and how many, wants a list: so llama.cpp reads it, and JSON Schema does not.
            return node["items"] is not null && (node["minItems"] ?? node["maxItems"]) is not null ? ["array"] : null;
        }

        var names = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().ToArray() : [type];
        return Array.ConvertAll(names, name => Known.FirstOrDefault(known => name.ValueKind == JsonValueKind.String && name.ValueEquals(known))
            ?? throw node.Fault($"has the type {name.GetRawText()}, which is none"));
    }

    /// <summary>Whether values of a type may belong to a schema, by the types it names.</summary>
    public static bool Includes(SchemaNode node, string type) => Of(node)?.Contains(type) ?? true;
}
