using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AiKernels.Hosting.Chat;

/// <summary>Arguments and results of tools, which hosts give as they like.</summary>
internal static class ToolValues
{
    /// <summary>Characters as they are, since a model reads them.</summary>
    public static JsonSerializerOptions AsWritten { get; } =
        new(AIJsonUtilities.DefaultOptions) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = false };

    /// <summary>A value as JSON.</summary>
    public static JsonNode? Json(object? value) => value switch
    {
        null => null,
        JsonNode node => node.DeepClone(),
        JsonElement element => JsonNode.Parse(element.GetRawText()),
        string text => JsonValue.Create(text),
        bool truth => JsonValue.Create(truth),
        int whole => JsonValue.Create(whole),
        long whole => JsonValue.Create(whole),
        double number => JsonValue.Create(number),
        _ => JsonSerializer.SerializeToNode(value, AsWritten.GetTypeInfo(value.GetType())),
    };

    /// <summary>What a model is told of a result: texts as they are, all else as JSON.</summary>
    public static string Text(object? result) => result switch
    {
        null => "",
        string text => text,
        TextContent text => text.Text,
        IEnumerable<AIContent> contents => string.Concat(contents.Select(content => content is TextContent text
            ? text.Text
            : throw new NotSupportedException($"a tool gave a {content.GetType().Name}, and this model reads text"))),
        JsonElement { ValueKind: JsonValueKind.String } element => element.GetString()!,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => Json(result)?.ToJsonString(AsWritten) ?? "",
    };
}
