using System.Text.Json;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>
/// One of the ways to be an object. Names that a schema lists come in the order in which it lists them, what it requires
/// included; others may stand anywhere between, as often as one likes.
/// </summary>
internal sealed class ObjectPlan : ContainerPlan
{
    private const int Witnessed = 1, FirstOrder = 2;

    private readonly ObjectClause _clause;
    private readonly PropertyNames _names;
    private readonly List<List<ListedName>> _orders = [];
    private readonly List<Property> _unlisted = [];

    public ObjectPlan(SchemaValues values, ObjectClause clause)
        : base(values, clause, '}')
    {
        _clause = clause;
        _names = new PropertyNames(values, clause);
        foreach (var order in _names.Orders)
        {
            _orders.Add([.. order.Select(name =>
                new ListedName(clause.Required.Contains(name), [.. Properties(_names.Listed(name))]))]);
        }

        if (!values.ClosesObjects || !IsClosedByDefault())
        {
            _unlisted.AddRange(_names.Unlisted().SelectMany(Properties));
        }
    }

    protected override PlanState Start => new(new int[FirstOrder + _orders.Count]);

    protected override bool IsFulfilled(PlanState state) =>
        state[Witnessed] == (1 << _clause.Witnesses.Count) - 1
        && !_orders.Where((order, i) => order.Skip(state[FirstOrder + i]).Any(name => name.IsRequired)).Any();

    protected override IEnumerable<Step> Steps(PlanState state)
    {
        var next = state.With((Count, CountAfter(state)));
        foreach (var property in _unlisted.Where(property => (property.Witnesses & state[Witnessed]) == 0))
        {
            yield return property.After(next.With((Witnessed, state[Witnessed] | property.Witnesses)));
        }

        for (var i = 0; i < _orders.Count; i++)
        {
            for (var place = state[FirstOrder + i]; place < _orders[i].Count; place++)
            {
                var listed = _orders[i][place];
                foreach (var property in listed.Properties.Where(property => (property.Witnesses & state[Witnessed]) == 0))
                {
                    yield return property.After(next.With(
                        (Witnessed, state[Witnessed] | property.Witnesses), (FirstOrder + i, place + 1)));
                }

                if (listed.IsRequired)
                {
                    break;
                }
            }
        }
    }

    /// <summary>Whether properties are listed, nothing is said of others, and none of them is needed.</summary>
    private bool IsClosedByDefault() =>
        _clause.Witnesses.Count == 0
        && _clause.Applied.Any(node => Values.Document.Map(node, "properties").Count > 0)
        && !_clause.Applied.Any(node => (node["additionalProperties"] ?? node["patternProperties"]) is not null)
        && _clause.Minimum <= _clause.Required.Count;

    /// <summary>Properties of some names: as they have to be, and with what some property has to be witness for.</summary>
    private IEnumerable<Property> Properties(NamedProperties named)
    {
        for (var witnesses = 0; witnesses < 1 << _clause.Witnesses.Count; witnesses++)
        {
            if ((witnesses & named.PossibleWitnesses) == witnesses && _names.With(named, witnesses) is var (text, literals) && !text.IsNothing)
            {
                yield return new(Store.Sequence(Values.Quoted(text), Values.Layout.Colon), Values.Of(literals), witnesses);
            }
        }
    }

    /// <summary>A name of those that a schema lists, and how its property may be.</summary>
    private sealed record ListedName(bool IsRequired, Property[] Properties);

    /// <summary>A property that may come: its name and colon, its value, and what it is witness for, a bit each.</summary>
    private sealed record Property(Expression Name, SchemaValue Value, int Witnesses)
    {
        public Step After(PlanState next) => new(Name, Value, next);
    }
}
