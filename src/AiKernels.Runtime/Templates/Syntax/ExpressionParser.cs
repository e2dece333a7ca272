using AiKernels.Runtime.Templates.Nodes;

namespace AiKernels.Runtime.Templates.Syntax;

/// <summary>
/// Reads expressions with Jinja's precedence: powers, products, <c>~</c>, sums, comparisons, <c>not</c>, <c>and</c>, <c>or</c>,
/// <c>if</c>.
/// </summary>
internal sealed class ExpressionParser
{
    private const int Or = 1, And = 2, Not = 3, Compare = 4, Sum = 5, Concatenation = 6, Product = 7, Power = 8;

    private readonly TokenReader _tokens;
    private readonly OperandParser _operands;
    private readonly List<NameExpression> _names = [];

    public ExpressionParser(TokenReader tokens)
    {
        _tokens = tokens;
        _operands = new OperandParser(tokens, this);
    }

    /// <summary>The layout of the scope that is being read.</summary>
    public ScopeLayout Layout { get; set; } = new(null);

    /// <summary>Every variable that is read.</summary>
    public IReadOnlyList<NameExpression> Names => _names;

    /// <summary>An expression, or a tuple of several with commas between.</summary>
    public Expression ReadTuple(bool allowsConditions = true)
    {
        var at = _tokens.Current.At;
        var first = allowsConditions ? Read() : ReadOperators(Or);
        if (!_tokens.IsSign(","))
        {
            return first;
        }

        List<Expression> items = [first];
        while (_tokens.TakeSign(",") && !IsEndOfTuple())
        {
            items.Add(allowsConditions ? Read() : ReadOperators(Or));
        }

        return new TupleExpression(at, [.. items]);
    }

    /// <summary>One expression.</summary>
    public Expression Read()
    {
        _tokens.Enter();
        var at = _tokens.Current.At;
        var value = ReadOperators(Or);
        while (_tokens.TakeName("if"))
        {
            var test = ReadOperators(Or);
            var other = _tokens.TakeName("else") ? Read() : null;
            value = new ConditionalExpression(at, test, value, other);
        }

        _tokens.Leave();
        return value;
    }

    /// <summary>A variable that is read.</summary>
    public NameExpression Name(Token name)
    {
        Layout.NoteRead(name.Text);
        var expression = new NameExpression(name.At, name.Text, Layout);
        _names.Add(expression);
        return expression;
    }

    /// <summary>The filters at the head of a block, which have no value as yet.</summary>
    public FilterExpression ReadFilters() => _operands.ReadFilters(null);

    /// <summary>Operators of at least a rank and their operands, those of one rank from left to right.</summary>
    private Expression ReadOperators(int least)
    {
        var left = least <= Not && _tokens.IsName("not") ? ReadNot() : ReadUnary(withFilters: true);
        while (Rank() is var rank && rank >= least)
        {
            left = rank switch
            {
                Compare => ReadComparisons(left),
                Concatenation => ReadConcatenation(left),
                _ => ReadBinary(left, rank),
            };
        }

        return left;
    }

    private int Rank() => _tokens.Current switch
    {
        { Kind: TokenKind.Sign, Text: "+" or "-" } => Sum,
        { Kind: TokenKind.Sign, Text: "*" or "/" or "//" or "%" } => Product,
        { Kind: TokenKind.Sign, Text: "~" } => Concatenation,
        { Kind: TokenKind.Sign, Text: "**" } => Power,
        { Kind: TokenKind.Sign, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" } => Compare,
        { Kind: TokenKind.Name, Text: "in" } => Compare,
        { Kind: TokenKind.Name, Text: "not" } when _tokens.Following is { Kind: TokenKind.Name, Text: "in" } => Compare,
        { Kind: TokenKind.Name, Text: "and" } => And,
        { Kind: TokenKind.Name, Text: "or" } => Or,
        _ => 0,
    };

    private bool IsEndOfTuple() => _tokens.Current.Kind is TokenKind.TagEnd or TokenKind.OutputEnd
        || _tokens.IsSign(")") || _tokens.IsSign("]") || _tokens.IsSign("=") || _tokens.IsName("in") || _tokens.IsName("recursive");

    private NotExpression ReadNot()
    {
        _tokens.Enter();
        var at = _tokens.Take().At;
        var operand = _tokens.IsName("not") ? ReadNot() : ReadOperators(Compare);
        _tokens.Leave();
        return new NotExpression(at, operand);
    }

    private Expression ReadBinary(Expression left, int rank)
    {
        var sign = _tokens.Take();
        var right = ReadOperators(rank + 1);
        return rank <= And
            ? new LogicExpression(sign.At, rank == And, left, right)
            : new ArithmeticExpression(sign.At, sign.Text, left, right);
    }

    private ComparisonExpression ReadComparisons(Expression first)
    {
        var at = _tokens.Current.At;
        List<(string, Expression)> rest = [];
        while (Rank() == Compare)
        {
            var sign = _tokens.Take().Text;
            if (sign == "not")
            {
                _tokens.Take();
            }

            rest.Add((sign, ReadOperators(Sum)));
        }

        return new ComparisonExpression(at, first, [.. rest]);
    }

    private ConcatenationExpression ReadConcatenation(Expression first)
    {
        var at = _tokens.Current.At;
        List<Expression> parts = [first];
        while (_tokens.TakeSign("~"))
        {
            parts.Add(ReadOperators(Product));
        }

        return new ConcatenationExpression(at, [.. parts]);
    }

    // A sign binds more closely than a filter: -5|abs is 5.
    private Expression ReadUnary(bool withFilters)
    {
        Expression value;
        if (_tokens.IsSign("-") || _tokens.IsSign("+"))
        {
            _tokens.Enter();
            var sign = _tokens.Take();
            value = new SignExpression(sign.At, sign.Text == "-", ReadUnary(withFilters: false));
            _tokens.Leave();
        }
        else
        {
            value = _operands.Read();
        }

        value = _operands.ReadPostfix(value);
        return withFilters ? _operands.ReadFiltersAndTests(value) : value;
    }
}
