using System.Text.Json;
using System.Text.Json.Nodes;

namespace AiKernels.Hosting.Chat;

/// <summary>Nodes of JSON that others wrote. All of it is read at once, so that no fault in it is met later.</summary>
internal static class JsonNodes
{
    /// <summary>The most levels, as many as .NET reads where nobody says.</summary>
    public const int Deepest = 64;

    /// <summary>The node of an element; of properties with one name the last counts.</summary>
    /// <param name="element">The element; one that was never set is null.</param>
    /// <exception cref="JsonException">It is too deep, or a text or name in it has half a character, which .NET reads late and then throws.</exception>
    public static JsonNode? Of(JsonElement element)
    {
        try
        {
            return Of(element, 0);
        }
        catch (InvalidOperationException fault)
        {
            throw new JsonException(fault.Message, fault);
        }
    }

    private static JsonNode? Of(JsonElement element, int depth)
    {
        if (depth > Deepest)
        {
            throw new JsonException($"there are more than {Deepest} levels");
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var properties = new JsonObject();
                foreach (var property in element.EnumerateObject())
                {
                    properties[property.Name] = Of(property.Value, depth + 1);
                }

                return properties;
            case JsonValueKind.Array:
                return new JsonArray([.. element.EnumerateArray().Select(item => Of(item, depth + 1))]);
            case JsonValueKind.String:
                return JsonValue.Create(element.GetString());
            case JsonValueKind.Null or JsonValueKind.Undefined:
                return null;
            default:
                return JsonValue.Create(element.Clone());
        }
    }
}
