using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>Some names of properties, and what the schemas of an object say of their values.</summary>
/// <param name="Text">The names.</param>
/// <param name="Literals">What the values have to fulfil.</param>
/// <param name="PossibleWitnesses">What such a property may be witness for, a bit each.</param>
internal sealed record NamedProperties(Expression Text, IReadOnlyList<SchemaLiteral> Literals, int PossibleWitnesses);

/// <summary>The names that an object's properties may have: those that its schemas list, and all others by the patterns that they match.</summary>
internal sealed class PropertyNames
{
    private const int MostPatterns = 8, MostWitnesses = 6;

    private readonly SchemaValues _values;
    private readonly ObjectClause _clause;
    private readonly Expression _allowed;
    private readonly List<string> _patterns = [];
    private readonly Dictionary<string, Expression> _matching = [];

    public PropertyNames(SchemaValues values, ObjectClause clause)
    {
        (_values, _clause) = (values, clause);
        _allowed = values.Names(clause.Names);
        foreach (var (node, pattern) in clause.Applied.Concat(clause.Witnesses.Select(witness => witness.Node)).Distinct()
            .SelectMany(node => Patterns(node).Select(entry => (node, entry.Pattern))))
        {
            if (_matching.TryAdd(pattern, values.Strings.Matching(node, pattern)))
            {
                _patterns.Add(pattern);
            }
        }

        if (_patterns.Count > MostPatterns || clause.Witnesses.Count > MostWitnesses)
        {
            throw clause.Applied[0].Fault($"has more than {MostPatterns} patterns of names, or denies too much of single properties");
        }

        Orders = [.. FindOrders()];
    }

    /// <summary>The names that schemas list; the names of each list come in its order.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Orders { get; }

    private ExpressionStore Store => _values.Store;

    /// <summary>One of the names that are listed.</summary>
    public NamedProperties Listed(string name)
    {
        var text = _values.Strings.Text(name);
        var isAllowed = !_clause.Absent.Contains(name) && (_clause.Names.Count == 0 || !Store.Both(text, _allowed).IsNothing);
        bool Matches(string pattern) => !Store.Both(text, _matching[pattern]).IsNothing;
        return new(
            isAllowed ? text : Store.Nothing,
            [.. Literals(name, Matches), .. _clause.Values.Where(more => more.Name == name).Select(more => more.Literal)],
            Witnesses(name, text, Matches));
    }

    /// <summary>All names that aren't listed, by the patterns that they match.</summary>
    public IEnumerable<NamedProperties> Unlisted()
    {
        var listed = Store.Choice([.. Orders.SelectMany(order => order).Concat(_clause.Absent).Select(_values.Strings.Text)]);
        for (var mask = 0; mask < 1 << _patterns.Count; mask++)
        {
            var matched = mask;
            bool Matches(string pattern) => (matched >> _patterns.IndexOf(pattern) & 1) != 0;
            var text = Store.Both(
                [_allowed, Store.Not(listed), .. _patterns.Select(pattern => Matches(pattern) ? _matching[pattern] : Store.Not(_matching[pattern]))]);
            if (!text.IsNothing)
            {
                yield return new(text, [.. Literals(null, Matches)], Witnesses(null, text, Matches));
            }
        }
    }

    /// <summary>Names and what values have to fulfil, where they are witnesses for something.</summary>
    public (Expression Text, IEnumerable<SchemaLiteral> Literals) With(NamedProperties named, int witnesses)
    {
        var chosen = _clause.Witnesses.Where((_, i) => (witnesses >> i & 1) != 0).ToLookup(IsOfName, witness => witness.Literal);
        var text = chosen[true].Any() ? Store.Both(named.Text, _values.Names(chosen[true])) : named.Text;
        return (text, named.Literals.Concat(chosen[false]));
    }

    private static bool IsOfName(Witness witness) => witness.Keyword == "propertyNames";

    private IEnumerable<(string Pattern, SchemaNode Schema)> Patterns(SchemaNode node) =>
        _values.Document.Map(node, "patternProperties");

    /// <summary>Each schema's own order; a name stands in the first that has it. One that is only required, or known to a witness, has no order.</summary>
    private IEnumerable<IReadOnlyList<string>> FindOrders()
    {
        HashSet<string> seen = [];
        foreach (var node in _clause.Applied)
        {
            var names = _values.Document.Map(node, "properties").Select(property => property.Name).Where(seen.Add).ToArray();
            foreach (var order in node.IsOrdered ? [names] : names.Select(name => new[] { name }))
            {
                yield return order;
            }
        }

        var witnessed = _clause.Witnesses.SelectMany(witness => _values.Document.Map(witness.Node, "properties")).Select(property => property.Name);
        foreach (var name in witnessed.Concat(_clause.Required).Concat(_clause.Values.Select(more => more.Name)).Where(seen.Add))
        {
            yield return [name];
        }
    }

    /// <summary>What schemas say of the value of a name, or of one that isn't listed.</summary>
    private IEnumerable<SchemaLiteral> Literals(string? name, Func<string, bool> matches)
    {
        foreach (var node in _clause.Applied)
        {
            SchemaNode[] said =
            [
                .. _values.Document.Map(node, "properties").Where(property => property.Name == name).Select(property => property.Node),
                .. Patterns(node).Where(entry => matches(entry.Pattern)).Select(entry => entry.Schema),
            ];
            foreach (var schema in said)
            {
                yield return new(schema, true);
            }

            if (said.Length == 0 && _values.Document.Child(node, "additionalProperties") is { } additional)
            {
                yield return new(additional, true);
            }
        }
    }

    private int Witnesses(string? name, Expression text, Func<string, bool> matches)
    {
        var possible = 0;
        for (var i = 0; i < _clause.Witnesses.Count; i++)
        {
            var (node, keyword, pattern, literal) = _clause.Witnesses[i];
            var isPossible = keyword switch
            {
                "patternProperties" => matches(pattern!),
                "propertyNames" => !Store.Both(text, _values.Names([literal])).IsNothing,
                _ => !_values.Document.Map(node, "properties").Any(property => property.Name == name)
                    && !Patterns(node).Any(entry => matches(entry.Pattern)),
            };
            possible |= isPossible ? 1 << i : 0;
        }

        return possible;
    }
}
