using System.Globalization;
using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Nodes;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Syntax;

/// <summary>Reads values that stand alone: names, strings, numbers, and what is in brackets.</summary>
internal sealed class ValueParser(TokenReader tokens, ExpressionParser expressions)
{
    public Expression Read()
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
                return new Constant(token.At, FloatOf(token));
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
        _ => expressions.Name(name),
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

    private static FloatValue FloatOf(Token token) =>
        double.TryParse(IntegerText.WithoutUnderscores(token.Text), CultureInfo.InvariantCulture, out var number)
            ? new FloatValue(number)
            : throw new TemplateException($"{Quoted.Name(token.Text)} is no number", token.At);

    private static IntegerValue IntegerOf(Token token)
    {
        if (token.Text is ['0', >= '0' and <= '9', ..] && token.Text.AsSpan().ContainsAnyInRange('1', '9'))
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

        var value = expressions.ReadTuple();
        tokens.ExpectSign(")");
        return value;
    }

    private ListExpression ReadList()
    {
        var at = tokens.Take().At;
        List<Expression> items = [];
        while (!tokens.IsSign("]"))
        {
            items.Add(expressions.Read());
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
            var key = expressions.Read();
            tokens.ExpectSign(":");
            items.Add((key, expressions.Read()));
            if (!tokens.TakeSign(","))
            {
                break;
            }
        }

        tokens.ExpectSign("}");
        return new MappingExpression(at, [.. items]);
    }
}
