using System.Globalization;
using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Nodes;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Syntax;

/// <summary>Reads expressions with Jinja's precedence: powers, products, <c>~</c>, sums, comparisons, <c>not</c>, <c>and</c>, <c>or</c>, <c>if</c>.</summary>
internal sealed class ExpressionParser(TokenReader tokens)
{
    private const int Or = 1, And = 2, Not = 3, Compare = 4, Sum = 5, Concatenation = 6, Product = 7, Power = 8;

    private readonly List<NameExpression> _names = [];

    /// <summary>The layout of the scope that is being read.</summary>
    public ScopeLayout Layout { get; set; } = new(null);

    /// <summary>Every variable that is read.</summary>
    public IReadOnlyList<NameExpression> Names => _names;

    /// <summary>An expression, or a tuple of several with commas between.</summary>
    public Expression ReadTuple(bool allowsConditions = true)
    {
        var at = tokens.Current.At;
        var first = allowsConditions ? Read() : ReadOperators(Or);
        if (!tokens.IsSign(","))
        {
            return first;
        }

        List<Expression> items = [first];
        while (tokens.TakeSign(",") && !IsEndOfTuple())
        {
            items.Add(allowsConditions ? Read() : ReadOperators(Or));
        }

        return new TupleExpression(at, [.. items]);
    }

    /// <summary>One expression.</summary>
    public Expression Read()
    {
        tokens.Enter();
        var at = tokens.Current.At;
        var value = ReadOperators(Or);
        while (tokens.TakeName("if"))
        {
            var test = ReadOperators(Or);
            var other = tokens.TakeName("else") ? Read() : null;
            value = new ConditionalExpression(at, test, value, other);
        }

        tokens.Leave();
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

    /// <summary>Filters behind a value, or behind nothing, as at the head of a filter block.</summary>
    public Expression? ReadFilters(Expression? value)
    {
        do
        {
            var at = tokens.Current.At;
            var name = tokens.Expect(TokenKind.Name, "the name of a filter").Text;
            while (tokens.TakeSign("."))
            {
                name += "." + tokens.Expect(TokenKind.Name, "the name of a filter").Text;
            }

            value = new FilterExpression(at, value, name, ReadOptionalArguments(at));
        }
        while (tokens.TakeSign("|"));
        return value;
    }

    /// <summary>A call's arguments, from the parenthesis on.</summary>
    public CallArguments ReadArguments()
    {
        var at = tokens.Current.At;
        tokens.ExpectSign("(");
        List<Expression> positional = [];
        Dictionary<string, Expression> named = [];
        Expression? items = null, names = null;
        while (!tokens.TakeSign(")"))
        {
            if (tokens.TakeSign("*"))
            {
                items = items is null ? Read() : throw new TemplateException("a call has one '*' at most", tokens.Current.At);
            }
            else if (tokens.TakeSign("**"))
            {
                names = names is null ? Read() : throw new TemplateException("a call has one '**' at most", tokens.Current.At);
            }
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Following is { Kind: TokenKind.Sign, Text: "=" })
            {
                var name = tokens.Take();
                tokens.Take();
                if (!named.TryAdd(name.Text, Read()))
                {
                    throw new TemplateException($"the argument {Quoted.Name(name.Text)} is given twice", name.At);
                }
            }
            else
            {
                positional.Add(named.Count == 0 && items is null && names is null ? Read() : throw tokens.Unexpected("a name and '='"));
            }

            if (!tokens.IsSign(")"))
            {
                tokens.ExpectSign(",");
            }
        }

        return new CallArguments(at, [.. positional], [.. named.Select(argument => (argument.Key, argument.Value))], items, names);
    }

    private bool IsEndOfTuple() => tokens.Current.Kind is TokenKind.TagEnd or TokenKind.OutputEnd
        || tokens.IsSign(")") || tokens.IsSign("]") || tokens.IsSign("=") || tokens.IsName("in") || tokens.IsName("recursive");

    /// <summary>Operators of at least a rank and their operands, those of one rank from left to right.</summary>
    private Expression ReadOperators(int least)
    {
        var left = least <= Not && tokens.IsName("not") ? ReadNot() : ReadUnary(withFilters: true);
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

    private int Rank() => tokens.Current switch
    {
        { Kind: TokenKind.Sign, Text: "+" or "-" } => Sum,
        { Kind: TokenKind.Sign, Text: "*" or "/" or "//" or "%" } => Product,
        { Kind: TokenKind.Sign, Text: "~" } => Concatenation,
        { Kind: TokenKind.Sign, Text: "**" } => Power,
        { Kind: TokenKind.Sign, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" } => Compare,
        { Kind: TokenKind.Name, Text: "in" } => Compare,
        { Kind: TokenKind.Name, Text: "not" } when tokens.Following is { Kind: TokenKind.Name, Text: "in" } => Compare,
        { Kind: TokenKind.Name, Text: "and" } => And,
        { Kind: TokenKind.Name, Text: "or" } => Or,
        _ => 0,
    };

    private NotExpression ReadNot()
    {
        tokens.Enter();
        var at = tokens.Take().At;
        var operand = tokens.IsName("not") ? ReadNot() : ReadOperators(Compare);
        tokens.Leave();
        return new NotExpression(at, operand);
    }

    private Expression ReadBinary(Expression left, int rank)
    {
        var sign = tokens.Take();
        var right = ReadOperators(rank + 1);
        return rank <= And
            ? new LogicExpression(sign.At, rank == And, left, right)
            : new ArithmeticExpression(sign.At, sign.Text, left, right);
    }

    private ComparisonExpression ReadComparisons(Expression first)
    {
        var at = tokens.Current.At;
        List<(string, Expression)> rest = [];
        while (Rank() == Compare)
        {
            var sign = tokens.Take().Text;
            if (sign == "not")
            {
                tokens.Take();
            }

            rest.Add((sign, ReadOperators(Sum)));
        }

        return new ComparisonExpression(at, first, [.. rest]);
    }

    private ConcatenationExpression ReadConcatenation(Expression first)
    {
        var at = tokens.Current.At;
        List<Expression> parts = [first];
        while (tokens.TakeSign("~"))
        {
            parts.Add(ReadOperators(Product));
        }

        return new ConcatenationExpression(at, [.. parts]);
    }

    // A sign binds more closely than a filter: -5|abs is 5.
    private Expression ReadUnary(bool withFilters)
    {
        Expression value;
        if (tokens.IsSign("-") || tokens.IsSign("+"))
        {
            tokens.Enter();
            var sign = tokens.Take();
            value = new SignExpression(sign.At, sign.Text == "-", ReadUnary(withFilters: false));
            tokens.Leave();
        }
        else
        {
            value = ReadPrimary();
        }

        value = ReadPostfix(value);
        return withFilters ? ReadFiltersAndTests(value) : value;
    }

    private Expression ReadPostfix(Expression value)
    {
        while (tokens.Current is { Kind: TokenKind.Sign, Text: "." or "[" or "(" } sign)
        {
            value = sign.Text switch
            {
                "(" => new CallExpression(sign.At, value, ReadArguments()),
                "[" => ReadBrackets(value),
                _ => ReadDot(value),
            };
        }

        return value;
    }

    private Expression ReadFiltersAndTests(Expression value)
    {
        while (true)
        {
            if (tokens.TakeSign("|"))
            {
                value = ReadFilters(value)!;
            }
            else if (tokens.IsName("is"))
            {
                value = ReadTest(value);
            }
            else if (tokens.IsSign("("))
            {
                value = new CallExpression(tokens.Current.At, value, ReadArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Expression ReadDot(Expression value)
    {
        var at = tokens.Take().At;
        if (tokens.Current.Kind == TokenKind.Integer)
        {
            return new ItemExpression(at, value, ReadPrimary());
        }

        return new AttributeExpression(at, value, tokens.Expect(TokenKind.Name, "a name").Text);
    }

    private Expression ReadBrackets(Expression value)
    {
        var at = tokens.Take().At;
        if (tokens.TakeSign("]"))
        {
            return new ItemExpression(at, value, new TupleExpression(at, []));
        }

        var start = tokens.IsSign(":") ? null : Read();
        Expression result;
        if (tokens.TakeSign(":"))
        {
            var stop = tokens.IsSign(":") || tokens.IsSign("]") ? null : Read();
            var step = tokens.TakeSign(":") && !tokens.IsSign("]") ? Read() : null;
            result = new SliceExpression(at, value, start, stop, step);
        }
        else if (tokens.TakeSign(","))
        {
            List<Expression> keys = [start!];
            while (!tokens.IsSign("]"))
            {
                keys.Add(Read());
                if (!tokens.TakeSign(","))
                {
                    break;
                }
            }

            result = new ItemExpression(at, value, new TupleExpression(at, [.. keys]));
        }
        else
        {
            result = new ItemExpression(at, value, start!);
        }

        tokens.ExpectSign("]");
        return result;
    }

    private CallArguments ReadOptionalArguments(int at) =>
        tokens.IsSign("(") ? ReadArguments() : new CallArguments(at, [], [], null, null);

    private Expression ReadTest(Expression value)
    {
        var at = tokens.Take().At;
        var isNegated = tokens.TakeName("not");
        var name = tokens.Expect(TokenKind.Name, "the name of a test").Text;
        var arguments = IsArgumentOfTest()
            ? new CallArguments(at, [ReadPostfix(ReadPrimary())], [], null, null)
            : ReadOptionalArguments(at);
        Expression test = new TestExpression(at, value, name, arguments);
        return isNegated ? new NotExpression(at, test) : test;
    }

    // A test's only argument needs no parentheses.
    private bool IsArgumentOfTest() => tokens.Current switch
    {
        { Kind: TokenKind.String or TokenKind.Integer or TokenKind.Float } => true,
        { Kind: TokenKind.Sign, Text: "[" or "{" } => true,
        { Kind: TokenKind.Name, Text: "is" } => throw new TemplateException("tests can't follow each other; 'and' joins them", tokens.Current.At),
        { Kind: TokenKind.Name, Text: "else" or "or" or "and" or "if" or "in" or "not" } => false,
        { Kind: TokenKind.Name } => true,
        _ => false,
    };

    private Expression ReadPrimary()
    {
        var token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                return ReadName(tokens.Take());
            case TokenKind.String:
                return ReadString();
            case TokenKind.Integer:
                tokens.Take();
                return new Constant(token.At, IntegerOf(token));
            case TokenKind.Float:
                tokens.Take();
                return new Constant(token.At, new FloatValue(double.Parse(IntegerText.WithoutUnderscores(token.Text), CultureInfo.InvariantCulture)));
            case TokenKind.Sign when token.Text == "(":
                return ReadParentheses();
            case TokenKind.Sign when token.Text == "[":
                return ReadList();
            case TokenKind.Sign when token.Text == "{":
                return ReadMapping();
            default:
                throw tokens.Unexpected("a value");
        }
    }

    private Expression ReadName(Token name) => name.Text switch
    {
        "true" or "True" => new Constant(name.At, BooleanValue.True),
        "false" or "False" => new Constant(name.At, BooleanValue.False),
        "none" or "None" => new Constant(name.At, NoneValue.Instance),
        "and" or "or" or "not" or "if" or "else" or "in" or "is" =>
            throw new TemplateException($"a value should stand here instead of '{name.Text}'", name.At),
        _ => Name(name),
    };

    // Strings side by side are one.
    private Constant ReadString()
    {
        var first = tokens.Take();
        var text = first.Text;
        if (tokens.Current.Kind == TokenKind.String)
        {
            List<string> parts = [text];
            while (tokens.Current.Kind == TokenKind.String)
            {
                parts.Add(tokens.Take().Text);
            }

            text = string.Concat(parts);
        }

        return new Constant(first.At, new StringValue(text));
    }

    private static IntegerValue IntegerOf(Token token)
    {
        if (token.Text.Length > 1 && token.Text[0] == '0' && token.Text.AsSpan().ContainsAnyInRange('1', '9') && char.IsAsciiDigit(token.Text[1]))
        {
            throw new TemplateException("a number can't begin with 0", token.At);
        }

        try
        {
            return IntegerText.Parse(token.Text, 0) ?? throw new TemplateException($"{Quoted.Name(token.Text)} is no number");
        }
        catch (TemplateException problem)
        {
            throw new TemplateException(problem.Problem, token.At);
        }
    }

    private Expression ReadParentheses()
    {
        var at = tokens.Take().At;
        if (tokens.TakeSign(")"))
        {
            return new TupleExpression(at, []);
        }

        var value = ReadTuple();
        tokens.ExpectSign(")");
        return value;
    }

    private ListExpression ReadList()
    {
        var at = tokens.Take().At;
        List<Expression> items = [];
        while (!tokens.IsSign("]"))
        {
            items.Add(Read());
            if (!tokens.TakeSign(","))
            {
                break;
            }
        }

        tokens.ExpectSign("]");
        return new ListExpression(at, [.. items]);
    }

    private MappingExpression ReadMapping()
    {
        var at = tokens.Take().At;
        List<(Expression, Expression)> items = [];
        while (!tokens.IsSign("}"))
        {
            var key = Read();
            tokens.ExpectSign(":");
            items.Add((key, Read()));
            if (!tokens.TakeSign(","))
            {
                break;
            }
        }

        tokens.ExpectSign("}");
        return new MappingExpression(at, [.. items]);
    }
}
