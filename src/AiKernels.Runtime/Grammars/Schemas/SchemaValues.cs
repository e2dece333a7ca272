using AiKernels.Runtime.Grammars.Characters;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>Makes the values of schemas, and of whatever they lead to, each conjunction once.</summary>
internal sealed class SchemaValues
{
    private const int MostValues = 1 << 14;

    private readonly ExpressionStore _store;
    private readonly LiteralSchema _literals;
    private readonly NumberSchema _numbers;
    private readonly ArrayClauseSearch _arrays;
    private readonly ObjectClauseSearch _objects;
    private readonly Dictionary<string, SchemaValue> _values = [];
    private readonly Dictionary<Expression, Expression> _framed = [];
    private readonly Queue<(Conjunction Conjunction, SchemaValue Value)> _open = [];

    public SchemaValues(ExpressionStore store, SchemaDocument document, JsonSchemaOptions options, ICharacterEncoding encoding, bool isGenerated)
    {
        (_store, Document, Layout) = (store, document, new JsonLayout(store, options.Whitespace));
        ClosesObjects = isGenerated && !options.OpenObjects;
        _literals = new LiteralSchema(store, document);
        _numbers = new NumberSchema(store, document, options.PlainIntegers);
        Strings = new StringSchema(store, document, encoding, options.DotNetTimes);
        _arrays = new ArrayClauseSearch(document, store.Work);
        _objects = new ObjectClauseSearch(document, store.Work);
    }

    public SchemaDocument Document { get; }

    /// <summary>Whether objects have no properties that their schemas don't list, where these list some and don't say.</summary>
    public bool ClosesObjects { get; }

    /// <summary>What stands between values.</summary>
    public JsonLayout Layout { get; }

    public StringSchema Strings { get; }

    public ExpressionStore Store => _store;

    /// <summary>The values of a conjunction; what they lead to is found later.</summary>
    public SchemaValue Of(IEnumerable<SchemaLiteral> literals)
    {
        var conjunction = Conjunction.Of(literals);
        if (!_values.TryGetValue(conjunction.Key, out var value))
        {
            if (_values.Count == MostValues)
            {
                throw new GrammarException($"the schema leads to more than {MostValues} combinations of its parts");
            }

            _store.Work.Spend(WorkBudget.OfConjunction);
            _values[conjunction.Key] = value = new SchemaValue(Scalars(conjunction));
            _open.Enqueue((conjunction, value));
        }

        return value;
    }

    /// <summary>Whether there are arrays whose items must differ; known once all is found.</summary>
    public bool HasUniqueItems => _values.Values.Any(value => value.Arrays.Any(array => array.HasUniqueItems));

    /// <summary>Finds all that values lead to, and which of them there can be.</summary>
    public void Finish()
    {
        while (_open.TryDequeue(out var next))
        {
            next.Value.Arrays = [.. _arrays.Find(next.Conjunction).Select(clause => new ArrayPlan(this, clause))];
            next.Value.Objects = [.. _objects.Find(next.Conjunction).Select(clause => new ObjectPlan(this, clause))];
        }

        var isNew = true;
        while (isNew)
        {
            isNew = false;
            foreach (var value in _values.Values)
            {
                isNew |= value.Update();
            }
        }
    }

    /// <summary>A string between its quotes, given its text.</summary>
    public Expression Quoted(Expression text)
    {
        var quote = _store.Literal("\""u8);
        return text.IsNothing ? text : _store.Sequence(quote, Framed(_store.Sequence(text, quote)));
    }

    /// <summary>The strings that names have to be.</summary>
    public Expression Names(IEnumerable<SchemaLiteral> literals) => Strings.Of(literals);

    private Expression Scalars(Conjunction conjunction) =>
        conjunction.IsAnything
            ? _store.Choice(_literals.Of([]), JsonNumber.Any(_store), Quoted(Strings.Of([])))
            : _store.Choice(
                _literals.Of(conjunction.Literals), _numbers.Of(conjunction.Literals), Quoted(Strings.Of(conjunction.Literals)));

    /// <summary>A rule of its own where many bytes repeat, so that which tokens they take is found once.</summary>
    private Expression Framed(Expression expression)
    {
        if (!_framed.TryGetValue(expression, out var framed))
        {
            framed = expression.HasWideLoop ? _store.Call(new Rule("string") { Body = expression }) : expression;
            _framed[expression] = framed;
        }

        return framed;
    }
}
