using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AiKernels.Runtime.Tests.Grammars;

/// <summary>Tells whether a value fulfils a schema, written after the specification, to compare with. Knows references within a document only.</summary>
internal sealed class SchemaValidator(JsonElement root)
{
    public static bool IsValid(string schema, string json)
    {
        using var document = JsonDocument.Parse(schema);
        using var value = JsonDocument.Parse(json);
        return new SchemaValidator(document.RootElement).IsValid(document.RootElement, value.RootElement);
    }

    public bool IsValid(JsonElement schema, JsonElement value) =>
        schema.ValueKind == JsonValueKind.True
        || (schema.ValueKind != JsonValueKind.False && schema.EnumerateObject().All(keyword => Holds(schema, keyword.Name, keyword.Value, value)));

    private bool Holds(JsonElement schema, string keyword, JsonElement said, JsonElement value) => keyword switch
    {
        "type" => said.ValueKind == JsonValueKind.Array ? said.EnumerateArray().Any(type => IsOfType(type.GetString()!, value)) : IsOfType(said.GetString()!, value),
        "const" => Key(said) == Key(value),
        "enum" => said.EnumerateArray().Any(constant => Key(constant) == Key(value)),
        "$ref" => IsValid(Resolve(said.GetString()!), value),
        "allOf" => said.EnumerateArray().All(one => IsValid(one, value)),
        "anyOf" => said.EnumerateArray().Any(one => IsValid(one, value)),
        "oneOf" => said.EnumerateArray().Count(one => IsValid(one, value)) == 1,
        "not" => !IsValid(said, value),
        "if" => !schema.TryGetProperty(IsValid(said, value) ? "then" : "else", out var branch) || IsValid(branch, value),
        _ => value.ValueKind switch
        {
            JsonValueKind.Number => NumberHolds(keyword, said, value.GetDouble(), value),
            JsonValueKind.String => StringHolds(keyword, said, value.GetString()!),
            JsonValueKind.Array => ArrayHolds(schema, keyword, said, [.. value.EnumerateArray()]),
            JsonValueKind.Object => ObjectHolds(schema, keyword, said, value),
            _ => true,
        },
    };

    private static bool IsOfType(string type, JsonElement value) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "string" => value.ValueKind == JsonValueKind.String,
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        "number" => value.ValueKind == JsonValueKind.Number,
        _ => value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number && Math.Truncate(number) == number,
    };

    private static bool NumberHolds(string keyword, JsonElement said, double number, JsonElement value) => keyword switch
    {
        "minimum" => number >= said.GetDouble(),
        "maximum" => number <= said.GetDouble(),
        "exclusiveMinimum" => number > said.GetDouble(),
        "exclusiveMaximum" => number < said.GetDouble(),
        "multipleOf" => value.TryGetDecimal(out var exact) && exact % said.GetDecimal() == 0,
        _ => true,
    };

    private static bool StringHolds(string keyword, JsonElement said, string text) => keyword switch
    {
        "minLength" => text.EnumerateRunes().Count() >= said.GetDouble(),
        "maxLength" => text.EnumerateRunes().Count() <= said.GetDouble(),
        "pattern" => IsMatch(text, said.GetString()!),
        "format" => said.GetString() switch
        {
            "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", out _) || text.StartsWith("0000", StringComparison.Ordinal),
            "uuid" => Guid.TryParseExact(text, "D", out _),
            _ => true,
        },
        _ => true,
    };

    private bool ArrayHolds(JsonElement schema, string keyword, JsonElement said, JsonElement[] items)
    {
        switch (keyword)
        {
            case "minItems":
                return items.Length >= said.GetDouble();
            case "maxItems":
                return items.Length <= said.GetDouble();
            case "uniqueItems":
                return said.ValueKind == JsonValueKind.False || items.Select(Key).Distinct().Count() == items.Length;
            case "prefixItems":
                return said.EnumerateArray().Zip(items).All(pair => IsValid(pair.First, pair.Second));
            case "items":
                var first = schema.TryGetProperty("prefixItems", out var prefix) ? prefix.GetArrayLength() : 0;
                return items.Skip(first).All(item => IsValid(said, item));
            case "contains":
                var count = items.Count(item => IsValid(said, item));
                return count >= (schema.TryGetProperty("minContains", out var least) ? least.GetDouble() : 1)
                    && count <= (schema.TryGetProperty("maxContains", out var most) ? most.GetDouble() : double.MaxValue);
            default:
                return true;
        }
    }

    private bool ObjectHolds(JsonElement schema, string keyword, JsonElement said, JsonElement value)
    {
        var properties = value.EnumerateObject().DistinctBy(property => property.Name).ToArray();
        bool Has(string name) => value.TryGetProperty(name, out _);
        return keyword switch
        {
            "required" => said.EnumerateArray().All(name => Has(name.GetString()!)),
            "minProperties" => properties.Length >= said.GetDouble(),
            "maxProperties" => properties.Length <= said.GetDouble(),
            "properties" => properties.All(property => !said.TryGetProperty(property.Name, out var one) || IsValid(one, property.Value)),
            "patternProperties" => properties.All(property => said.EnumerateObject().All(pattern =>
                !IsMatch(property.Name, pattern.Name) || IsValid(pattern.Value, property.Value))),
            "additionalProperties" => properties.Where(property => IsAdditional(schema, property.Name)).All(property => IsValid(said, property.Value)),
            "propertyNames" => properties.All(property => IsValid(said, JsonSerializer.SerializeToElement(property.Name))),
            "dependentRequired" => said.EnumerateObject().All(entry => !Has(entry.Name) || entry.Value.EnumerateArray().All(name => Has(name.GetString()!))),
            "dependentSchemas" => said.EnumerateObject().All(entry => !Has(entry.Name) || IsValid(entry.Value, value)),
            _ => true,
        };
    }

    private static bool IsAdditional(JsonElement schema, string name) =>
        !(schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out _))
        && !(schema.TryGetProperty("patternProperties", out var patterns) && patterns.EnumerateObject().Any(pattern => IsMatch(name, pattern.Name)));

    private JsonElement Resolve(string reference) => reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries)
        .Select(Uri.UnescapeDataString).Select(name => name.Replace("~1", "/").Replace("~0", "~"))
        .Aggregate(root, (node, name) => node.ValueKind == JsonValueKind.Array ? node[int.Parse(name, CultureInfo.InvariantCulture)] : node.GetProperty(name));

    private static bool IsMatch(string text, string pattern) =>
        Regex.IsMatch(text, pattern.Replace(@"\p{Letter}", @"\p{L}"));

    /// <summary>A text that equal values have in common.</summary>
    private static string Key(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble().ToString("R", CultureInfo.InvariantCulture),
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Key))}]",
        JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal).Select(property => $"{JsonSerializer.Serialize(property.Name)}:{Key(property.Value)}"))}}}",
        JsonValueKind.String => JsonSerializer.Serialize(value.GetString()),
        _ => value.GetRawText(),
    };
}
