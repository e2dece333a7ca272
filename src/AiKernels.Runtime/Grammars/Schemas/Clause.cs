namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>What arrays or objects have to fulfil all at once: one of the ways in which schemas can be fulfilled.</summary>
internal abstract class Clause
{
    /// <summary>Schemas whose keywords for items, or for properties, hold.</summary>
    public List<SchemaNode> Applied { get; private set; } = [];

    /// <summary>What some item or property has to fulfil.</summary>
    public List<Witness> Witnesses { get; private set; } = [];

    /// <summary>How many items or properties there are at least.</summary>
    public int Minimum { get; private set; }

    /// <summary>How many items or properties there are at most; null: as many as one likes.</summary>
    public int? Maximum { get; private set; }

    /// <summary>Whether nothing can fulfil it, as far as it shows.</summary>
    public virtual bool IsContradiction => Maximum < Minimum;

    public void AtLeast(int minimum) => Minimum = Math.Max(Minimum, minimum);

    public void AtMost(int maximum) => Maximum = Math.Min(Maximum ?? maximum, maximum);

    /// <summary>One to be changed without changing this.</summary>
    public virtual Clause Copy()
    {
        var copy = (Clause)MemberwiseClone();
        (copy.Applied, copy.Witnesses) = ([.. Applied], [.. Witnesses]);
        return copy;
    }
}

/// <summary>What arrays have to fulfil.</summary>
internal sealed class ArrayClause : Clause
{
    /// <summary>More about the items at some places.</summary>
    public List<(int Place, SchemaLiteral Literal)> Places { get; private set; } = [];

    /// <summary>How many items fulfil schemas.</summary>
    public List<ContainedItems> Contained { get; private set; } = [];

    /// <summary>Whether no two items are equal.</summary>
    public bool HasUniqueItems { get; set; }

    public override Clause Copy()
    {
        var copy = (ArrayClause)base.Copy();
        (copy.Places, copy.Contained) = ([.. Places], [.. Contained]);
        return copy;
    }
}

/// <summary>What objects have to fulfil.</summary>
internal sealed class ObjectClause : Clause
{
    /// <summary>Names that have to be there.</summary>
    public HashSet<string> Required { get; private set; } = [];

    /// <summary>Names that must not be there.</summary>
    public HashSet<string> Absent { get; private set; } = [];

    /// <summary>More about the values of some names.</summary>
    public List<(string Name, SchemaLiteral Literal)> Values { get; private set; } = [];

    /// <summary>What all names have to fulfil.</summary>
    public List<SchemaLiteral> Names { get; private set; } = [];

    public override bool IsContradiction => base.IsContradiction || Required.Overlaps(Absent);

    public override Clause Copy()
    {
        var copy = (ObjectClause)base.Copy();
        (copy.Required, copy.Absent, copy.Values, copy.Names) = ([.. Required], [.. Absent], [.. Values], [.. Names]);
        return copy;
    }
}

/// <summary>That some item or property doesn't fulfil what a schema says of it.</summary>
/// <param name="Node">The schema.</param>
/// <param name="Keyword">Which of its keywords says it.</param>
/// <param name="Pattern">The pattern of names that it says it of, if there is one.</param>
/// <param name="Literal">What the item, the property's value or its name fulfils instead.</param>
internal sealed record Witness(SchemaNode Node, string Keyword, string? Pattern, SchemaLiteral Literal);

/// <summary>How many items fulfil a schema.</summary>
internal sealed record ContainedItems(SchemaNode Item, int Minimum, int? Maximum);
