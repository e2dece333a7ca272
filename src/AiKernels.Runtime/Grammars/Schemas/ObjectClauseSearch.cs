using System.Text.Json;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>Finds all ways in which objects fulfil schemas.</summary>
internal sealed class ObjectClauseSearch(SchemaDocument document, WorkBudget work) : ClauseSearch<ObjectClause>(document, work, "object")
{
    private readonly FewValues _few = new(document);

    protected override IEnumerable<Way[]> Fulfil(SchemaNode node)
    {
        if (node["properties"] is not null || node["patternProperties"] is not null || node["additionalProperties"] is not null)
        {
            yield return [new(clause => clause.Applied.Add(node))];
        }

        if (Names(node, "required", node["required"]) is { Length: > 0 } required)
        {
            yield return [new(clause => clause.Required.UnionWith(required))];
        }

        if (node.Count("minProperties") is { } minimum)
        {
            yield return [new(clause => clause.AtLeast(minimum))];
        }

        if (node.Count("maxProperties") is { } maximum)
        {
            yield return [new(clause => clause.AtMost(maximum))];
        }

        if (Document.Child(node, "propertyNames") is { } names)
        {
            yield return [new(clause => clause.Names.Add(new(names, true)))];
        }

        foreach (var (name, needed) in DependentNames(node))
        {
            yield return [new(clause => clause.Absent.Add(name)), new(clause => clause.Required.UnionWith(needed))];
        }

        foreach (var (name, schema) in DependentSchemas(node))
        {
            yield return [new(clause => clause.Absent.Add(name)), new([new(schema, true)])];
        }
    }

    protected override IEnumerable<Way> Violate(SchemaNode node)
    {
        foreach (var violation in ViolateValues(node).Concat(ViolateNames(node)))
        {
            yield return violation;
        }

        if (node.Count("minProperties") is > 0 and var minimum)
        {
            yield return new(clause => clause.AtMost(minimum - 1));
        }

        if (node.Count("maxProperties") is { } maximum)
        {
            yield return new(clause => clause.AtLeast(maximum + 1));
        }

        foreach (var (name, schema) in DependentSchemas(node))
        {
            yield return new([new(schema, false)], clause => clause.Required.Add(name));
        }
    }

    private IEnumerable<Way> ViolateValues(SchemaNode node)
    {
        foreach (var (name, schema) in Document.Map(node, "properties"))
        {
            yield return new(clause =>
            {
                clause.Required.Add(name);
                clause.Values.Add((name, new(schema, false)));
            });
        }

        foreach (var (pattern, schema) in Document.Map(node, "patternProperties"))
        {
            yield return new(clause => clause.Witnesses.Add(new(node, "patternProperties", pattern, new(schema, false))));
        }

        if (Document.Child(node, "additionalProperties") is { } additional)
        {
            yield return new(clause => clause.Witnesses.Add(new(node, "additionalProperties", null, new(additional, false))));
        }
    }

    private IEnumerable<Way> ViolateNames(SchemaNode node)
    {
        foreach (var name in Names(node, "required", node["required"]))
        {
            yield return new(clause => clause.Absent.Add(name));
        }

        if (Document.Child(node, "propertyNames") is { } names)
        {
            yield return new(clause => clause.Witnesses.Add(new(node, "propertyNames", null, new(names, false))));
        }

        foreach (var (name, needed) in DependentNames(node))
        {
            foreach (var absent in needed)
            {
                yield return new(clause =>
                {
                    clause.Required.Add(name);
                    clause.Absent.Add(absent);
                });
            }
        }
    }

    protected override bool IsContradiction(ObjectClause clause) =>
        base.IsContradiction(clause) || clause.Required.Any(name => IsClosed(clause, name) || Values(clause, name) is { Count: 0 });

    protected override bool Excludes(ObjectClause clause, SchemaNode node)
    {
        var required = Names(node, "required", node["required"]);
        return required.Any(name => clause.Absent.Contains(name) || IsClosed(clause, name))
            || clause.Required.Any(name => IsClosed(node, name))
            || clause.Required.Concat(required).Any(name =>
                Values(node, name) is { } values && Values(clause, name) is { } others && !values.Overlaps(others));
    }

    private bool IsClosed(ObjectClause clause, string name) => clause.Applied.Any(node => IsClosed(node, name));

    /// <summary>Whether a schema takes no property of a name, as far as it shows.</summary>
    private bool IsClosed(SchemaNode node, string name) =>
        Document.Child(node, "additionalProperties") is { Always: false } && node["patternProperties"] is null
        && !(node["properties"] is { ValueKind: JsonValueKind.Object } listed && listed.TryGetProperty(name, out _));

    /// <summary>What equals the only values that a property may have, if they are few.</summary>
    private HashSet<string>? Values(ObjectClause clause, string name)
    {
        HashSet<string>? values = null;
        foreach (var node in clause.Applied)
        {
            if (Values(node, name) is { } some)
            {
                values = values is null ? [.. some] : [.. values.Intersect(some)];
            }
        }

        foreach (var (_, literal) in clause.Values.Where(more => more.Name == name))
        {
            if (_few.Of(literal.Node) is { } some)
            {
                values = literal.Holds ? [.. values?.Intersect(some) ?? some]
                    : FewValues.IsAll(literal.Node) ? values?.Except(some).ToHashSet() : values;
            }
        }

        return values;
    }

    private IReadOnlySet<string>? Values(SchemaNode node, string name) =>
        node["properties"] is { ValueKind: JsonValueKind.Object } listed && listed.TryGetProperty(name, out _)
            ? _few.Of(Document.Map(node, "properties").Last(property => property.Name == name).Node)
            : null;

    /// <summary>The names that each name needs beside it.</summary>
    private static IEnumerable<(string Name, string[] Needed)> DependentNames(SchemaNode node) =>
        new[] { node["dependentRequired"], node["dependencies"] }
            .Where(map => map is { ValueKind: JsonValueKind.Object })
            .SelectMany(map => map!.Value.EnumerateObject())
            .Where(entry => entry.Value.ValueKind == JsonValueKind.Array)
            .Select(entry => (entry.Name, Names(node, entry.Name, entry.Value)));

    private IEnumerable<(string Name, SchemaNode Schema)> DependentSchemas(SchemaNode node) =>
        Document.Map(node, "dependentSchemas").Concat(Document.Map(node, "dependencies"));

    private static string[] Names(SchemaNode node, string where, JsonElement? list) => list switch
    {
        null or { ValueKind: JsonValueKind.True or JsonValueKind.False } => [], // Draft 3 has booleans.
        { ValueKind: JsonValueKind.Array } names when names.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String) =>
            [.. names.EnumerateArray().Select(name => name.GetString()!)],
        _ => throw node.Fault($"has {where}, which must be a list of names"),
    };
}
