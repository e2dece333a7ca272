using System.Text.Json;
using AiKernels.Runtime.Grammars.Schemas;

namespace AiKernels.Runtime.Chat.Syntax;

/// <summary>
/// Of what kinds the values are that schemas may take. Schemas refer to each other, also in circles: what one says of itself by
/// way of itself leaves open what it is, so that the answer is the greatest that agrees with all.
/// </summary>
internal sealed class SchemaKinds(SchemaDocument document)
{
    private readonly Dictionary<SchemaNode, JsonKinds> _kinds = [];

    /// <summary>The kinds of a schema's values.</summary>
    public JsonKinds Of(SchemaNode node)
    {
        if (!_kinds.TryGetValue(node, out var kinds))
        {
            Find(node);
            kinds = _kinds[node];
        }

        return kinds;
    }

    /// <summary>From any kind downwards, until nothing changes; those first that others are made of.</summary>
    private void Find(SchemaNode root)
    {
        List<SchemaNode> found = [];
        Stack<SchemaNode> open = new([root]);
        while (open.TryPop(out var node))
        {
            if (_kinds.TryAdd(node, JsonKinds.Any))
            {
                found.Add(node);
                foreach (var other in References(node).Concat(All(node)).Concat(Any(node).SelectMany(any => any)))
                {
                    open.Push(other);
                }
            }
        }

        found.Reverse();
        for (var isNew = true; isNew;)
        {
            isNew = false;
            foreach (var node in found)
            {
                var kinds = Look(node);
                isNew |= kinds != _kinds[node];
                _kinds[node] = kinds;
            }
        }
    }

    private JsonKinds Look(SchemaNode node)
    {
        if (node.Always is { } always)
        {
            return always ? JsonKinds.Any : JsonKinds.None;
        }

        var kinds = SchemaTypes.Of(node) is { } types ? Join(types.Select(JsonKindsOf.Type)) : JsonKinds.Any;
        kinds &= node["const"] is { } constant ? JsonKindsOf.Value(constant) : JsonKinds.Any;
        kinds &= node["enum"] is { ValueKind: JsonValueKind.Array } list ? Join(list.EnumerateArray().Select(JsonKindsOf.Value)) : JsonKinds.Any;
        kinds = Any(node).Aggregate(kinds, (known, any) => known & Join(any.Select(other => _kinds[other])));
        return References(node).Concat(All(node)).Aggregate(kinds, (known, all) => known & _kinds[all]);
    }

    private IEnumerable<SchemaNode> References(SchemaNode node) =>
        node["$ref"] is { ValueKind: JsonValueKind.String } reference ? [document.Resolve(node, reference.GetString()!)] : [];

    private IReadOnlyList<SchemaNode> All(SchemaNode node) => document.List(node, "allOf");

    private IEnumerable<IReadOnlyList<SchemaNode>> Any(SchemaNode node) =>
        new[] { document.List(node, "anyOf"), document.List(node, "oneOf") }.Where(any => any.Count > 0);

    private static JsonKinds Join(IEnumerable<JsonKinds> kinds) => kinds.Aggregate(JsonKinds.None, (known, kind) => known | kind);
}
