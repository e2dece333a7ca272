using System.Numerics;
using System.Text.Json;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>The values of schemas that can have only a few, as far as that shows.</summary>
internal sealed class FewValues(SchemaDocument document)
{
    /// <summary>What is few.</summary>
    public const int Most = 256;

    private const int MostReferences = 32;

    private static readonly JsonElement[] Null = [JsonElement.Parse("null")], Booleans = [JsonElement.Parse("false"), JsonElement.Parse("true")];

    private readonly Dictionary<SchemaNode, IReadOnlySet<string>?> _known = [];

    /// <summary>By <see cref="JsonEquality"/>, the values among which all of a schema's are; null if they are not known to be few.</summary>
    public IReadOnlySet<string>? Of(SchemaNode node)
    {
        if (!_known.TryGetValue(node, out var known))
        {
            _known[node] = known = Values(node, 0)?.Select(JsonEquality.Key).ToHashSet();
        }

        return known;
    }

    /// <summary>Whether a schema takes all of them, and not only some.</summary>
    public static bool IsAll(SchemaNode node) =>
        node.Value is { ValueKind: JsonValueKind.Object } said && said.EnumerateObject().All(entry => entry.Name is "const" or "enum" or "title" or "description")
        && (node["const"] is null || node["enum"] is null);

    /// <summary>The values among which all of a schema's are, perhaps some twice; null if they are not known to be few.</summary>
    public IReadOnlyList<JsonElement>? Values(SchemaNode node) => Values(node, 0);

    private IReadOnlyList<JsonElement>? Values(SchemaNode node, int depth) =>
        node.Always is { } always ? (always ? null : [])
        : depth > MostReferences ? null
        : node["const"] is { } constant ? [constant]
        : node["enum"] is { ValueKind: JsonValueKind.Array } list ? (list.GetArrayLength() <= Most ? [.. list.EnumerateArray()] : null)
        : OfType(node) ?? All(node).Select(all => Values(all, depth + 1)).FirstOrDefault(values => values is not null) ?? Any(node, depth);

    private IEnumerable<SchemaNode> All(SchemaNode node) =>
        node["$ref"] is { ValueKind: JsonValueKind.String } reference
            ? [document.Resolve(node, reference.GetString()!), .. document.List(node, "allOf")]
            : document.List(node, "allOf");

    private List<JsonElement>? Any(SchemaNode node, int depth)
    {
        foreach (var alternatives in new[] { document.List(node, "anyOf"), document.List(node, "oneOf") }.Where(list => list.Count > 0))
        {
            List<JsonElement> values = [];
            if (alternatives.All(one => Values(one, depth + 1) is { } some && Add(values, some)))
            {
                return values;
            }
        }

        return null;
    }

    private static bool Add(List<JsonElement> values, IReadOnlyList<JsonElement> more)
    {
        values.AddRange(more);
        return values.Count <= Most;
    }

    private static List<JsonElement>? OfType(SchemaNode node)
    {
        if (SchemaTypes.Of(node) is not { } types)
        {
            return null;
        }

        List<JsonElement> values = [];
        return types.All(type => (type switch
        {
            "null" => Null,
            "boolean" => Booleans,
            "integer" => Integers(node),
            _ => null,
        }) is { } some && Add(values, some)) ? values : null;
    }

    /// <summary>The whole numbers between two bounds.</summary>
    private static JsonElement[]? Integers(SchemaNode node)
    {
        var (first, last) = (Bound(node, "minimum", "exclusiveMinimum", 1), Bound(node, "maximum", "exclusiveMaximum", -1));
        return first is null || last is null || last - first >= Most ? null
            : [.. Enumerable.Range(0, (int)BigInteger.Max(last.Value - first.Value + 1, 0)).Select(i => JsonElement.Parse($"{first + i}"))];
    }

    private static BigInteger? Bound(SchemaNode node, string keyword, string exclusive, int inwards)
    {
        foreach (var name in new[] { keyword, exclusive })
        {
            if (node[name] is { ValueKind: JsonValueKind.Number } said && DecimalText.Of(said) is { } number)
            {
                // One too many does no harm, one too few would.
                var whole = BigInteger.Parse(number.Integer, System.Globalization.CultureInfo.InvariantCulture) * (number.IsNegative ? -1 : 1);
                return number.Fraction.Length == 0 ? whole : whole - inwards;
            }
        }

        return null;
    }
}
