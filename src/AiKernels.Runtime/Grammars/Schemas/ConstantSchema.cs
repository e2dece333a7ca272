using System.Text.Json;
using System.Text.Json.Nodes;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>Says a constant array or object with the keywords for arrays and objects, so that these need no rules of their own.</summary>
internal static class ConstantSchema
{
    // A constant is deepest in the document, and stands a little deeper here.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = SchemaDocument.MostJsonDepth + 8 };

    public static JsonElement Of(JsonElement value)
    {
        var schema = value.ValueKind switch
        {
            JsonValueKind.Array => Array(value),
            JsonValueKind.Object => Object(value),
            _ => Constant(value),
        };
        return JsonElement.Parse(schema.ToJsonString(), Deep);
    }

    private static JsonObject Array(JsonElement value) => new()
    {
        ["type"] = "array",
        ["prefixItems"] = new JsonArray([.. value.EnumerateArray().Select(Constant)]),
        ["items"] = false,
        ["minItems"] = value.GetArrayLength(),
    };

    private static JsonObject Object(JsonElement value)
    {
        var (properties, required) = (new JsonObject(), new JsonArray());
        foreach (var property in value.EnumerateObject())
        {
            properties[property.Name] = Constant(property.Value);
            required.Add((JsonNode)property.Name);
        }

        return new() { ["type"] = "object", ["properties"] = properties, ["required"] = required, ["additionalProperties"] = false };
    }

    private static JsonObject Constant(JsonElement value) => new() { ["const"] = JsonNode.Parse(value.GetRawText(), documentOptions: Deep) };
}
