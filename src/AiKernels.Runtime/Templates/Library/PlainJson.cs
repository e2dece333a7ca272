using System.Text.Json;
using System.Text.Json.Nodes;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>What a program's own values are as JSON: a node may hold a date, a list or any object, which are such only once they are written.</summary>
internal static class PlainJson
{
    /// <summary>The node itself where it is JSON already; else what it is written as.</summary>
    public static JsonNode? Of(JsonNode? node) => node is JsonValue value && !IsPlain(value) ? JsonNode.Parse(value.ToJsonString()) : node;

    private static bool IsPlain(JsonValue value) =>
        value.GetValueKind() is not (JsonValueKind.String or JsonValueKind.Object or JsonValueKind.Array) || value.TryGetValue<string>(out _);
}
