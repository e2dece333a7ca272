using System.Text.Json;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>One of the ways to be an array: what each item may be, by its place, and how many had to fulfil what.</summary>
internal sealed class ArrayPlan : ContainerPlan
{
    private const int Place = 1, FirstCounted = 2, BitsOfWord = 32;
    private const int MostConditions = 6, MostPlaces = 1 << 12, MostConstantItems = 1 << 12;

    private readonly ArrayClause _clause;
    private readonly Condition[] _conditions;
    private readonly Dictionary<(int Place, int Fulfilled, int Constant), SchemaValue> _items = [];
    private readonly SchemaNode[] _constants;
    private readonly int _lastPlace;

    public ArrayPlan(SchemaValues values, ArrayClause clause)
        : base(values, clause, ']')
    {
        _clause = clause;
        _conditions =
        [
            .. clause.Contained.Select(item => new Condition(new(item.Item, true), item.Minimum, item.Maximum, 0)),
            .. clause.Witnesses.Select(witness => new Condition(witness.Literal, 1, null, Items(witness.Node).First.Count)),
        ];
        _lastPlace = clause.Applied.Select(node => Items(node).First.Count)
            .Concat(clause.Places.Select(place => place.Place + 1))
            .Concat(_conditions.Select(condition => condition.FromPlace))
            .Append(0).Max();
        if (_conditions.Length > MostConditions || _lastPlace > MostPlaces)
        {
            throw new GrammarException("the schema says too much about single items of an array");
        }

        _constants = clause.HasUniqueItems ? Constants() : [];
        for (var place = 0; place <= _lastPlace; place++)
        {
            foreach (var fulfilled in Choices(place))
            {
                for (var constant = 0; constant < Math.Max(_constants.Length, 1); constant++)
                {
                    var only = _constants.Skip(constant).Take(1).Select(node => new SchemaLiteral(node, true));
                    _items[(place, fulfilled, constant)] = values.Of(Literals(place, fulfilled).Concat(only));
                }
            }
        }
    }

    /// <inheritdoc/>
    public override bool HasUniqueItems => _clause.HasUniqueItems && _constants.Length == 0;

    // Behind the conditions' counts it says of each constant whether it was there, a bit each.
    protected override PlanState Start => new(new int[FirstUsed + ((_constants.Length + BitsOfWord - 1) / BitsOfWord)]);

    private int FirstUsed => FirstCounted + _conditions.Length;

    /// <summary>
    /// The constants that all items are among, if they are few: then a state knows which were there, and no way is taken that
    /// leads to none being left.
    /// </summary>
    private SchemaNode[] Constants()
    {
        var few = new FewValues(Values.Document);
        List<JsonElement> constants = [];
        for (var place = 0; place <= _lastPlace; place++)
        {
            var values = Literals(place, 0).Where(literal => literal.Holds).Select(literal => few.Values(literal.Node))
                .FirstOrDefault(values => values is not null);
            constants = [.. constants.Concat(values ?? []).DistinctBy(JsonEquality.Key)];
            if (values is null || constants.Count > FewValues.Most || constants.Count * (_lastPlace + 1) > MostConstantItems)
            {
                return [];
            }
        }

        return [.. constants.Select(Values.Document.Constant)];
    }

    protected override bool IsFulfilled(PlanState state) =>
        !_conditions.Where((condition, i) => state[FirstCounted + i] < condition.Minimum).Any();

    protected override IEnumerable<Step> Steps(PlanState state)
    {
        var place = state[Place];
        var next = state.With((Count, CountAfter(state)), (Place, Math.Min(place + 1, _lastPlace)));
        foreach (var fulfilled in Choices(place))
        {
            for (var constant = 0; constant < Math.Max(_constants.Length, 1) && After(next, fulfilled) is { } after; constant++)
            {
                if (_constants.Length == 0)
                {
                    yield return new(Store.Empty, _items[(place, fulfilled, constant)], after);
                    continue;
                }

                var (word, bit) = (FirstUsed + (constant / BitsOfWord), 1 << (constant % BitsOfWord));
                if ((state[word] & bit) == 0)
                {
                    yield return new(Store.Empty, _items[(place, fulfilled, constant)], after.With((word, state[word] | bit)));
                }
            }
        }
    }

    /// <summary>Which conditions an item may fulfil, a bit each. What isn't counted needn't be said, unless there is a maximum.</summary>
    private IEnumerable<int> Choices(int place)
    {
        for (var fulfilled = 0; fulfilled < 1 << _conditions.Length; fulfilled++)
        {
            if (!_conditions.Where((condition, i) => (fulfilled >> i & 1) != 0 && place < condition.FromPlace).Any())
            {
                yield return fulfilled;
            }
        }
    }

    /// <summary>The state with the conditions counted; null if one is fulfilled too often, or nobody asks any more.</summary>
    private PlanState? After(PlanState state, int fulfilled)
    {
        for (var i = 0; i < _conditions.Length; i++)
        {
            var (count, condition) = (state[FirstCounted + i], _conditions[i]);
            if ((fulfilled >> i & 1) != 0)
            {
                if (count >= (condition.Maximum ?? condition.Minimum))
                {
                    return null;
                }

                state = state.With((FirstCounted + i, count + 1));
            }
        }

        return state;
    }

    private IEnumerable<SchemaLiteral> Literals(int place, int fulfilled)
    {
        foreach (var (first, rest) in _clause.Applied.Select(Items))
        {
            if ((place < first.Count ? first[place] : rest) is { } item)
            {
                yield return new(item, true);
            }
        }

        foreach (var (_, literal) in _clause.Places.Where(more => more.Place == place))
        {
            yield return literal;
        }

        for (var i = 0; i < _conditions.Length; i++)
        {
            var (isFulfilled, condition) = ((fulfilled >> i & 1) != 0, _conditions[i]);
            if (isFulfilled || (condition.Maximum is not null && place >= condition.FromPlace))
            {
                yield return isFulfilled ? condition.Literal : condition.Literal.Negated;
            }
        }
    }

    private ItemSchemas Items(SchemaNode node) => ItemSchemas.Of(Values.Document, node);

    /// <summary>How many items from a place on fulfil something.</summary>
    private readonly record struct Condition(SchemaLiteral Literal, int Minimum, int? Maximum, int FromPlace);
}
