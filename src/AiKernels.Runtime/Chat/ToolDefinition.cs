using System.Text.Json;
using System.Text.Json.Nodes;

namespace AiKernels.Runtime.Chat;

/// <summary>A tool that a model may call.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does; null for nothing said.</param>
/// <param name="Parameters">A JSON Schema of its arguments, which are an object; null for any object.</param>
/// <example>
/// <code>
/// var tool = new ToolDefinition("get_weather", "The weather of a city.", """
///     {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
///     """);
/// </code>
/// </example>
public sealed record ToolDefinition(string Name, string? Description = null, JsonObject? Parameters = null)
{
    /// <summary>A tool whose schema is a text.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does; null for nothing said.</param>
    /// <param name="parameters">A JSON Schema of its arguments.</param>
    /// <exception cref="ArgumentException">The schema is no JSON object.</exception>
    /// <example><code>var tool = new ToolDefinition("now", "The time.", """{"type": "object", "properties": {}}""");</code></example>
    public ToolDefinition(string name, string? description, string parameters)
        : this(name, description, Parse(name, parameters))
    {
    }

    private static JsonObject Parse(string name, string parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        try
        {
            return JsonNode.Parse(parameters) as JsonObject
                ?? throw new ArgumentException($"the parameters of the tool {name} are no JSON object", nameof(parameters));
        }
        catch (JsonException problem)
        {
            throw new ArgumentException($"the parameters of the tool {name} are no JSON: {problem.Message}", nameof(parameters), problem);
        }
    }
}
