using AiKernels.Runtime.Templates.Nodes;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Syntax;

/// <summary>Reads what operators stand between: a value with attributes, calls, filters and tests behind it.</summary>
internal sealed class OperandParser(TokenReader tokens, ExpressionParser expressions)
{
    private readonly ValueParser _values = new(tokens, expressions);

    /// <summary>A value, without what is behind it.</summary>
    public Expression Read() => _values.Read();

    /// <summary>Attributes, items and calls behind a value.</summary>
    public Expression ReadPostfix(Expression value)
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

    /// <summary>Filters, tests and calls behind a value.</summary>
    public Expression ReadFiltersAndTests(Expression value)
    {
        while (true)
        {
            if (tokens.TakeSign("|"))
            {
                value = ReadFilters(value);
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

    /// <summary>Filters behind a value, or behind nothing.</summary>
    public FilterExpression ReadFilters(Expression? value)
    {
        FilterExpression filter;
        do
        {
            var at = tokens.Current.At;
            value = filter = new FilterExpression(at, value, ReadFilterName(), ReadOptionalArguments(at));
        }
        while (tokens.TakeSign("|"));
        return filter;
    }

    // Jinja's names may have dots, though no filter here has one.
    private string ReadFilterName()
    {
        List<string> parts = [];
        do
        {
            parts.Add(tokens.Expect(TokenKind.Name, "the name of a filter").Text);
        }
        while (tokens.TakeSign("."));
        return string.Join('.', parts);
    }

    /// <summary>A call's arguments, from the parenthesis on.</summary>
    private CallArguments ReadArguments()
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
                items = items is null ? expressions.Read() : throw new TemplateException("a call has one '*' at most", tokens.Current.At);
            }
            else if (tokens.TakeSign("**"))
            {
                names = names is null ? expressions.Read() : throw new TemplateException("a call has one '**' at most", tokens.Current.At);
            }
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Following is { Kind: TokenKind.Sign, Text: "=" })
            {
                var name = tokens.Take();
                tokens.Take();
                if (!named.TryAdd(name.Text, expressions.Read()))
                {
                    throw new TemplateException($"the argument {Quoted.Name(name.Text)} is given twice", name.At);
                }
            }
            else
            {
                positional.Add(named.Count == 0 && items is null && names is null ? expressions.Read() : throw tokens.Unexpected("a name and '='"));
            }

            if (!tokens.IsSign(")"))
            {
                tokens.ExpectSign(",");
            }
        }

        return new CallArguments(at, [.. positional], [.. named.Select(argument => (argument.Key, argument.Value))], items, names);
    }

    private CallArguments ReadOptionalArguments(int at) =>
        tokens.IsSign("(") ? ReadArguments() : new CallArguments(at, [], [], null, null);

    private Expression ReadDot(Expression value)
    {
        var at = tokens.Take().At;
        if (tokens.Current.Kind == TokenKind.Integer)
        {
            return new ItemExpression(at, value, Read());
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

        var start = tokens.IsSign(":") ? null : expressions.Read();
        Expression result;
        if (tokens.TakeSign(":"))
        {
            var stop = tokens.IsSign(":") || tokens.IsSign("]") ? null : expressions.Read();
            var step = tokens.TakeSign(":") && !tokens.IsSign("]") ? expressions.Read() : null;
            result = new SliceExpression(at, value, start, stop, step);
        }
        else if (tokens.TakeSign(","))
        {
            List<Expression> keys = [start!];
            while (!tokens.IsSign("]"))
            {
                keys.Add(expressions.Read());
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

    private Expression ReadTest(Expression value)
    {
        var at = tokens.Take().At;
        var isNegated = tokens.TakeName("not");
        var name = tokens.Expect(TokenKind.Name, "the name of a test").Text;
        var arguments = IsArgumentOfTest()
            ? new CallArguments(at, [ReadPostfix(Read())], [], null, null)
            : ReadOptionalArguments(at);
        Expression test = new TestExpression(at, value, name, arguments);
        return isNegated ? new NotExpression(at, test) : test;
    }

    // A test's only argument needs no parentheses.
    private bool IsArgumentOfTest() => tokens.Current switch
    {
        { Kind: TokenKind.String or TokenKind.Integer or TokenKind.Float } => true,
        { Kind: TokenKind.Sign, Text: "[" or "{" } => true,
        { Kind: TokenKind.Name, Text: "is" } =>
            throw new TemplateException("tests can't follow each other; 'and' joins them", tokens.Current.At),
        { Kind: TokenKind.Name, Text: "else" or "or" or "and" or "if" or "in" or "not" } => false,
        { Kind: TokenKind.Name } => true,
        _ => false,
    };
}
