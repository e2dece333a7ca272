using System.Text.Json;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>Finds all ways in which arrays fulfil schemas.</summary>
internal sealed class ArrayClauseSearch(SchemaDocument document, WorkBudget work) : ClauseSearch<ArrayClause>(document, work, "array")
{
    protected override IEnumerable<Way[]> Fulfil(SchemaNode node)
    {
        var items = ItemSchemas.Of(Document, node);
        if (items.First.Count > 0 || items.Rest is not null)
        {
            yield return [new(clause => clause.Applied.Add(node))];
        }

        if (node.Count("minItems") is { } minimum)
        {
            yield return [new(clause => clause.AtLeast(minimum))];
        }

        if (node.Count("maxItems") is { } maximum)
        {
            yield return [new(clause => clause.AtMost(maximum))];
        }

        if (Contained(node) is { } contained)
        {
            yield return [new(clause => clause.Contained.Add(contained))];
        }

        if (node["uniqueItems"] is { ValueKind: JsonValueKind.True })
        {
            yield return [new(clause => clause.HasUniqueItems = true)];
        }
    }

    protected override IEnumerable<Way> Violate(SchemaNode node)
    {
        var (first, rest) = ItemSchemas.Of(Document, node);
        for (var i = 0; i < first.Count; i++)
        {
            var place = i;
            yield return new(clause =>
            {
                clause.AtLeast(place + 1);
                clause.Places.Add((place, new(first[place], false)));
            });
        }

        if (rest is not null)
        {
            yield return new(clause => clause.Witnesses.Add(new(node, "items", null, new(rest, false))));
        }

        if (node.Count("minItems") is > 0 and var minimum)
        {
            yield return new(clause => clause.AtMost(minimum - 1));
        }

        if (node.Count("maxItems") is { } maximum)
        {
            yield return new(clause => clause.AtLeast(maximum + 1));
        }

        foreach (var violation in Contained(node) is { } contained ? Violate(contained) : [])
        {
            yield return violation;
        }

        if (node["uniqueItems"] is { ValueKind: JsonValueKind.True })
        {
            throw node.Fault("has uniqueItems where it must not hold, which isn't supported");
        }
    }

    private static IEnumerable<Way> Violate(ContainedItems contained)
    {
        if (contained.Minimum > 0)
        {
            yield return new(clause => clause.Contained.Add(contained with { Minimum = 0, Maximum = contained.Minimum - 1 }));
        }

        if (contained.Maximum is { } maximum)
        {
            yield return new(clause => clause.Contained.Add(contained with { Minimum = maximum + 1, Maximum = null }));
        }
    }

    private ContainedItems? Contained(SchemaNode node) =>
        Document.Child(node, "contains") is { } item
            ? new(item, node.Count("minContains") ?? 1, node.Count("maxContains"))
            : null;
}

/// <summary>What a schema says of items: of the first ones by their place, and of the rest.</summary>
internal readonly record struct ItemSchemas(IReadOnlyList<SchemaNode> First, SchemaNode? Rest)
{
    /// <remarks>Up to draft 2019-09 the first ones were a list in <c>items</c>, and the rest <c>additionalItems</c>.</remarks>
    public static ItemSchemas Of(SchemaDocument document, SchemaNode node) =>
        document.List(node, "items") is { Count: > 0 } list ? new(list, document.Child(node, "additionalItems"))
        : new(document.List(node, "prefixItems"), document.Child(node, "items") ?? document.Child(node, "prefixItems"));
}
