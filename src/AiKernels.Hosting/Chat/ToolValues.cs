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
    /// <param name="value">The value.</param>
    /// <param name="whose">What it is, for messages.</param>
    /// <exception cref="ArgumentException">It can't be written as JSON.</exception>
    public static JsonNode? Json(object? value, string whose)
    {
        try
        {
            return value switch
            {
                null => null,
                JsonElement element => JsonNodes.Of(element),
                JsonNode node => JsonNodes.Of(JsonElement.Parse(node.ToJsonString())),
                string text => JsonValue.Create(text),
                bool truth => JsonValue.Create(truth),
                int whole => JsonValue.Create(whole),
                long whole => JsonValue.Create(whole),
                _ => JsonNodes.Of(JsonSerializer.SerializeToElement(value, AsWritten.GetTypeInfo(value.GetType()))),
            };
        }
        catch (Exception fault) when (fault is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw new ArgumentException($"{whose} can't be written as JSON: {fault.Message.ReplaceLineEndings(" ")}", fault);
        }
    }

    /// <summary>What a model is told of a call: texts as they are, all else as JSON, and of a failure only that it was one.</summary>
    /// <exception cref="ArgumentException">The result can't be written as JSON.</exception>
    /// <exception cref="NotSupportedException">It is nothing that a model of text can read.</exception>
    public static string Text(FunctionResultContent content) =>
        content is { Result: null, Exception: not null } ? "The tool has failed." : Text(content.Result, $"the result of the call {content.CallId}");

    private static string Text(object? result, string whose) => result switch
    {
        null => "",
        string text => text,
        TextContent text => text.Text,
        AIContent other => throw new NotSupportedException($"{whose} is a {other.GetType().Name}, and this model reads text"),
        IEnumerable<AIContent> contents => string.Concat(contents.Select(content => Text(content, whose))),
        JsonElement or JsonValue when Json(result, whose) is JsonValue value && value.TryGetValue<string>(out var text) => text,
        _ => Json(result, whose)?.ToJsonString(AsWritten) ?? "",
    };
}
