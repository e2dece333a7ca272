namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>That a schema takes a value, or that it doesn't.</summary>
internal readonly record struct SchemaLiteral(SchemaNode Node, bool Holds)
{
    /// <summary>The opposite.</summary>
    public SchemaLiteral Negated => this with { Holds = !Holds };
}

/// <summary>Several such at once, each there once, so that equal ones have the same <see cref="Key"/>.</summary>
internal sealed class Conjunction
{
    private Conjunction(SchemaLiteral[] literals)
    {
        Literals = literals;
        Key = string.Join(' ', literals.Select(literal => $"{(literal.Holds ? "" : "-")}{literal.Node.Id}"));
    }

    public IReadOnlyList<SchemaLiteral> Literals { get; }

    /// <summary>Names it.</summary>
    public string Key { get; }

    /// <summary>Whether every value is taken.</summary>
    public bool IsAnything => Literals.Count == 0;

    /// <summary>All of some literals; those that always hold are left out.</summary>
    public static Conjunction Of(IEnumerable<SchemaLiteral> literals) => new(
        [.. literals.Where(literal => literal.Node.Always != literal.Holds).Distinct()
            .OrderBy(literal => literal.Node.Id).ThenBy(literal => literal.Holds)]);
}
