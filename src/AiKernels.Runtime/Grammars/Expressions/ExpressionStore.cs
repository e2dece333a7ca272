namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>
/// Makes expressions, each once, in a simple form: a choice has no choices and no duplicates, what follows nothing is nothing.
/// Not thread-safe.
/// </summary>
internal sealed class ExpressionStore
{
    /// <summary>As many as there can be: some hundred megabytes.</summary>
    public const int MostExpressions = 1 << 18;

    // What a thread's stack has room for, with much to spare.
    private const int MostDepth = 1000;

    private readonly Dictionary<Key, Expression> _made = [];
    private readonly Dictionary<byte[], byte[]> _numbers = new(ByteArrayComparer.Instance);
    private readonly EmptinessSearch _emptiness;

    public ExpressionStore()
    {
        Nothing = Make(Kind.Bytes, default(ByteSet), id => new ByteChoice(this, id, default));
        Empty = Make(Kind.Empty, null, id => new EmptyText(this, id));
        Anything = Repeat(Bytes(ByteSet.All), 0, null);
        _emptiness = new EmptinessSearch(Work);
    }

    private enum Kind
    {
        Bytes,
        Empty,
        Sequence,
        Choice,
        Intersection,
        Complement,
        Repetition,
        Call,
        Token,
        Family,
        Automaton,
        Json,
    }

    /// <summary>Pays for what is made.</summary>
    public WorkBudget Work { get; } = new();

    /// <summary>How many there are.</summary>
    public int Count => _made.Count;

    /// <summary>No text at all.</summary>
    public Expression Nothing { get; }

    /// <summary>The empty text.</summary>
    public Expression Empty { get; }

    /// <summary>Every text.</summary>
    public Expression Anything { get; }

    /// <summary>One byte of a set.</summary>
    public Expression Bytes(ByteSet set) => Make(Kind.Bytes, set, id => new ByteChoice(this, id, set));

    /// <summary>These bytes.</summary>
    public Expression Literal(ReadOnlySpan<byte> bytes)
    {
        var literal = Empty;
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            literal = Sequence(Bytes(ByteSet.Of(bytes[i])), literal);
        }

        return literal;
    }

    /// <summary>One after the other.</summary>
    public Expression Sequence(params ReadOnlySpan<Expression> items)
    {
        var all = Empty;
        for (var i = items.Length - 1; i >= 0; i--)
        {
            all = Sequence(items[i], all);
        }

        return all;
    }

    /// <summary>One, then another.</summary>
    public Expression Sequence(Expression first, Expression rest)
    {
        if (first.IsNothing || rest.IsNothing)
        {
            return Nothing;
        }

        if (rest == Empty || first == Empty)
        {
            return rest == Empty ? first : rest;
        }

        // To the right, so that what comes next stands first.
        List<Expression> items = [];
        for (; first is Sequence sequence; first = sequence.Rest)
        {
            items.Add(sequence.First);
        }

        var all = Chain(first, rest);
        for (var i = items.Count - 1; i >= 0; i--)
        {
            all = Chain(items[i], all);
        }

        return all;
    }

    /// <summary>Any of some.</summary>
    public Expression Choice(params ReadOnlySpan<Expression> items)
    {
        HashSet<Expression> kept = [];
        var bytes = default(ByteSet);
        foreach (var item in items)
        {
            foreach (var operand in item is Choice choice ? choice.Items : [item])
            {
                if (operand is ByteChoice { Set: var set })
                {
                    bytes |= set;
                }
                else
                {
                    kept.Add(operand);
                }
            }
        }

        if (!bytes.IsEmpty)
        {
            kept.Add(Bytes(bytes));
        }

        if (kept.Contains(Anything))
        {
            return Anything;
        }

        // The empty text needs no branch beside one that has it.
        if (kept.Contains(Empty) && kept.Any(item => item != Empty && item.IsNullable))
        {
            kept.Remove(Empty);
        }

        return Join(Kind.Choice, kept, Nothing, (id, operands) => new Choice(this, id, operands));
    }

    /// <summary>What belongs to all of some regular expressions.</summary>
    public Expression Both(params ReadOnlySpan<Expression> items) => Alive(BothUnchecked(items));

    /// <summary>What doesn't belong to a regular expression.</summary>
    public Expression Not(Expression item) => Alive(NotUnchecked(item));

    /// <summary>As often as said; without a maximum, as often as one likes.</summary>
    public Expression Repeat(Expression item, int minimum, int? maximum)
    {
        if (item == Empty || maximum == 0 || maximum < minimum)
        {
            return maximum < minimum ? Nothing : Empty;
        }

        if (item.IsNothing)
        {
            return minimum == 0 ? Empty : Nothing;
        }

        minimum = item.IsNullable ? 0 : minimum; // Fewer are as many of which some are empty.
        var isOnce = maximum == 1 && (minimum == 1 || item.IsNullable);
        var isEndless = item is Repetition { Minimum: 0, Maximum: null };
        return isOnce || isEndless ? item
            : Make(Kind.Repetition, item, id => new Repetition(this, id, item, minimum, maximum), (minimum, maximum));
    }

    /// <summary>Once or not at all.</summary>
    public Expression Optional(Expression item) => Choice(item, Empty);

    /// <summary>A rule's body.</summary>
    public Expression Call(Rule rule) => Make(Kind.Call, rule, id => new Call(this, id, rule));

    /// <summary>One token for itself, or each token but one.</summary>
    public Expression Token(int token, bool isExcluded = false) =>
        Make(Kind.Token, token, id => new TokenLiteral(this, id, token, isExcluded), isExcluded);

    /// <summary>A member of a family of expressions, which are made when they are reached.</summary>
    /// <param name="family">Knows what a state stands for.</param>
    /// <param name="state">Which member: equal states are the same.</param>
    public Expression Member(IExpressionFamily family, object state) =>
        Make(Kind.Family, family, id => new FamilyMember(this, id, family, state), state);

    /// <summary>What an automaton takes from a state on.</summary>
    public Expression Automaton(IByteAutomaton automaton, int state) =>
        Make(Kind.Automaton, automaton, id => new AutomatonState(this, id, automaton, state), state);

    /// <summary>A JSON value within other text.</summary>
    public Expression Json(Expression value) =>
        value.IsNothing ? value : Make(Kind.Json, value, id => new JsonText(this, id, value));

    /// <summary>The number of each byte's class; most expressions share one such list with others.</summary>
    internal byte[] Numbers(ByteClasses classes)
    {
        var numbers = classes.Numbers();
        return _numbers.TryGetValue(numbers, out var same) ? same : _numbers[numbers] = numbers;
    }

    /// <summary>As <see cref="Both"/>, but perhaps no text belongs to it though it doesn't look like <see cref="Nothing"/>.</summary>
    internal Expression BothUnchecked(params ReadOnlySpan<Expression> items)
    {
        HashSet<Expression> kept = [];
        foreach (var item in items)
        {
            kept.UnionWith(item is Intersection both ? both.Items : [item]);
        }

        kept.Remove(Anything);
        return kept.Contains(Nothing)
            ? Nothing
            : Join(Kind.Intersection, kept, Anything, (id, operands) => new Intersection(this, id, operands));
    }

    /// <summary>As <see cref="Not"/>, but perhaps no text belongs to it though it doesn't look like <see cref="Nothing"/>.</summary>
    internal Expression NotUnchecked(Expression item) =>
        item.IsNothing ? Anything
        : item == Anything ? Nothing
        : item is Complement not ? not.Item
        : Make(Kind.Complement, item, id => new Complement(this, id, item));

    /// <summary><see cref="Nothing"/> if no text belongs to an expression, otherwise the expression.</summary>
    internal Expression Alive(Expression item) => _emptiness.IsEmpty(item) ? Nothing : item;

    private Expression Chain(Expression first, Expression rest) =>
        Make(Kind.Sequence, first, id => new Sequence(this, id, first, rest), rest);

    private Expression Join(
        Kind kind, HashSet<Expression> items, Expression none, Func<int, Expression[], Expression> make)
    {
        if (items.Count < 2)
        {
            return items.FirstOrDefault(none);
        }

        Expression[] operands = [.. items.OrderBy(item => item.Id)];
        return Make(kind, new OperandList(operands), id => make(id, operands));
    }

    private Expression Make(Kind kind, object? operand, Func<int, Expression> make, object? more = null)
    {
        var key = new Key(kind, operand, more);
        if (!_made.TryGetValue(key, out var made))
        {
            Work.Spend(WorkBudget.OfExpression);
            made = make(_made.Count);
            _made[key] = made.Depth > MostDepth
                ? throw new GrammarException($"more than {MostDepth} parts that may be empty follow each other, or stand within each other")
                : _made.Count < MostExpressions ? made
                : throw new GrammarException("the grammar leads to more states than there is room for");
        }

        return made;
    }

    private readonly record struct Key(Kind Kind, object? Operand, object? More);

    /// <summary>Some operands, equal to others that are the same.</summary>
    private sealed class OperandList(Expression[] items) : IEquatable<OperandList>
    {
        public bool Equals(OperandList? other) => other is not null && items.AsSpan().SequenceEqual(other.Items);

        public override bool Equals(object? obj) => Equals(obj as OperandList);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (var item in items)
            {
                hash.Add(item.Id);
            }

            return hash.ToHashCode();
        }

        private Expression[] Items => items;
    }
}
