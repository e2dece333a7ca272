using System.Globalization;
using AiKernels.Runtime.Templates.Library;

namespace AiKernels.Runtime.Templates.Syntax;

/// <summary>Cuts what is within a tag into names, numbers, strings and signs.</summary>
internal sealed class ExpressionLexer(string source, int start, List<Token> tokens)
{
    private static readonly string[] TwoCharacterSigns = ["//", "**", "==", "!=", ">=", "<="];

    private readonly Stack<char> _open = [];

    /// <summary>Where it is; after <see cref="Read"/>, behind the tag's end.</summary>
    public int At { get; private set; } = start;

    /// <summary>Reads up to the end of a tag, and returns the sign at that end.</summary>
    /// <param name="end">How the tag ends.</param>
    /// <param name="begin">Where it begins, for the message.</param>
    public char Read(string end, int begin)
    {
        while (true)
        {
            while (Peek() is { } blank && Characters.IsSpace(blank))
            {
                At++;
            }

            if (At == source.Length)
            {
                throw new TemplateException($"a tag has no end '{end}'", begin);
            }

            if (_open.Count == 0 && TakeEnd(end) is { } sign)
            {
                return sign;
            }

            ReadToken();
        }
    }

    private char? TakeEnd(string end)
    {
        var sign = Peek() == '-' || Peek() == '+' && end == "%}" ? source[At] : '\0';
        var at = sign == '\0' ? At : At + 1;
        if (string.CompareOrdinal(source, at, end, 0, end.Length) != 0)
        {
            return null;
        }

        tokens.Add(new Token(end == "}}" ? TokenKind.OutputEnd : TokenKind.TagEnd, end, At));
        At = at + end.Length;
        return sign;
    }

    private char? Peek(int ahead = 0) => At + ahead < source.Length ? source[At + ahead] : null;

    private void ReadToken()
    {
        var begin = At;
        var first = source[At];
        if (first is '"' or '\'')
        {
            tokens.Add(new Token(TokenKind.String, StringLiteral.Read(source, ref begin), At));
            At = begin;
        }
        else if (char.IsAsciiDigit(first))
        {
            ReadNumber(begin);
        }
        else if (IsNameStart(first))
        {
            while (Peek() is { } next && (IsNameStart(next) || IsNamePart(next)))
            {
                At++;
            }

            Add(TokenKind.Name, begin);
        }
        else
        {
            ReadSign(begin);
        }
    }

    private void Add(TokenKind kind, int begin) => tokens.Add(new Token(kind, source[begin..At], begin));

    // An attribute may be a number (a.0.1), which is no float.
    private void ReadNumber(int begin)
    {
        var isAttribute = tokens[^1] is { Kind: TokenKind.Sign, Text: "." };
        if (source[At] == '0' && char.ToLowerInvariant(Peek(1) ?? ' ') is 'x' or 'o' or 'b')
        {
            At += 2;
            SkipDigits(char.IsAsciiHexDigit);
            Add(TokenKind.Integer, begin);
            return;
        }

        SkipDigits(char.IsAsciiDigit);
        var isFloat = false;
        if (!isAttribute && Peek() == '.' && char.IsAsciiDigit(Peek(1) ?? ' '))
        {
            At++;
            SkipDigits(char.IsAsciiDigit);
            isFloat = true;
        }

        var exponent = Peek(1) is '+' or '-' ? 2 : 1;
        if (!isAttribute && Peek() is 'e' or 'E' && char.IsAsciiDigit(Peek(exponent) ?? ' '))
        {
            At += exponent;
            SkipDigits(char.IsAsciiDigit);
            isFloat = true;
        }

        Add(isFloat ? TokenKind.Float : TokenKind.Integer, begin);
    }

    private void SkipDigits(Predicate<char> isDigit)
    {
        while (Peek() is { } next && (isDigit(next) || next == '_'))
        {
            At++;
        }
    }

    private void ReadSign(int begin)
    {
        At += Array.Exists(TwoCharacterSigns, sign => string.CompareOrdinal(source, begin, sign, 0, 2) == 0) ? 2 : 1;
        switch (source[begin])
        {
            case '(' or '[' or '{':
                _open.Push(source[begin]);
                break;
            case ')' or ']' or '}':
                var opened = _open.TryPop(out var bracket) ? bracket : '\0';
                if ((opened, source[begin]) is not (('(', ')') or ('[', ']') or ('{', '}')))
                {
                    throw new TemplateException($"a '{source[begin]}' closes what wasn't opened by it", begin);
                }

                break;
            case '+' or '-' or '*' or '/' or '%' or '~' or '=' or '<' or '>' or '.' or ':' or ',' or '|':
                break;
            case '!' when At == begin + 2:
                break;
            default:
                throw new TemplateException($"{Values.Quoted.Name(source[begin..At])} has no meaning here", begin);
        }

        Add(TokenKind.Sign, begin);
    }

    private static bool IsNameStart(char unit) =>
        unit == '_' || char.IsLetter(unit) || char.GetUnicodeCategory(unit) == UnicodeCategory.LetterNumber;

    private static bool IsNamePart(char unit) => char.GetUnicodeCategory(unit) is UnicodeCategory.DecimalDigitNumber
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation;
}
