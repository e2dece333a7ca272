using AiKernels.Runtime.Templates.Library;

namespace AiKernels.Runtime.Templates.Syntax;

/// <summary>
/// Cuts a template into text and tags, as Jinja does with <c>trim_blocks</c> and <c>lstrip_blocks</c>: a line break behind a
/// block's or a comment's tag goes with it, and so do blanks before it from the start of a line. A minus at a tag takes all white
/// space on its side, a plus leaves it.
/// </summary>
internal sealed class Lexer
{
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _at;

    private Lexer(string source) => _source = source;

    /// <summary>The source as Jinja reads it: one kind of line break, and none at its end.</summary>
    public static string Normalize(string source)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        return source.EndsWith('\n') ? source[..^1] : source;
    }

    /// <summary>The tokens of a normalized source.</summary>
    public static List<Token> Read(string source)
    {
        var lexer = new Lexer(source);
        while (lexer.ReadText())
        {
        }

        lexer._tokens.Add(new Token(TokenKind.End, "", source.Length));
        return lexer._tokens;
    }

    /// <summary>Text, and the tag behind it if there is one.</summary>
    private bool ReadText()
    {
        var start = _at;
        var brace = FindTag(start);
        if (brace < 0)
        {
            AddText(start, _source.Length);
            return false;
        }

        _at = brace + 2;
        var sign = Sign();
        var kind = _source[brace + 1];
        AddText(start, EndOfText(start, brace, sign, isOutput: kind == '{'));
        switch (kind)
        {
            case '#':
                SkipComment(brace);
                break;
            case '%' when SkipRawTag("raw"):
                ReadRaw(brace);
                break;
            default:
                ReadTag(brace, isOutput: kind == '{');
                break;
        }

        return true;
    }

    private int FindTag(int start)
    {
        for (var brace = start; (brace = _source.IndexOf('{', brace)) >= 0; brace++)
        {
            if (brace + 1 < _source.Length && _source[brace + 1] is '{' or '%' or '#')
            {
                return brace;
            }
        }

        return -1;
    }

    private char Sign() => _at < _source.Length && _source[_at] is '-' or '+' ? _source[_at++] : '\0';

    /// <summary>Where the text before a tag ends.</summary>
    private int EndOfText(int start, int end, char sign, bool isOutput)
    {
        if (sign == '-')
        {
            while (end > start && Characters.IsSpace(_source[end - 1]))
            {
                end--;
            }

            return end;
        }

        if (sign == '+' || isOutput)
        {
            return end;
        }

        var blank = end;
        while (blank > start && _source[blank - 1] is ' ' or '\t')
        {
            blank--;
        }

        return blank == 0 || _source[blank - 1] == '\n' ? blank : end;
    }

    private void AddText(int start, int end)
    {
        if (end > start)
        {
            _tokens.Add(new Token(TokenKind.Text, _source[start..end], start));
        }
    }

    private void SkipComment(int brace)
    {
        var end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new TemplateException("a comment has no end", brace);
        }

        var sign = end > _at ? _source[end - 1] : '\0';
        _at = end + 2;
        SkipSpace(sign, isOutput: false);
    }

    /// <summary>White space that goes with the tag that was just read.</summary>
    private void SkipSpace(char sign, bool isOutput)
    {
        if (sign == '-')
        {
            while (_at < _source.Length && Characters.IsSpace(_source[_at]))
            {
                _at++;
            }
        }
        else if (sign != '+' && !isOutput && _at < _source.Length && _source[_at] == '\n')
        {
            _at++;
        }
    }

    /// <summary>Reads a tag of one word, from behind its sign; or nothing, if it is another one.</summary>
    private bool SkipRawTag(string word)
    {
        var at = _at;
        while (at < _source.Length && Characters.IsSpace(_source[at]))
        {
            at++;
        }

        if (string.CompareOrdinal(_source, at, word, 0, word.Length) != 0)
        {
            return false;
        }

        at += word.Length;
        while (at < _source.Length && Characters.IsSpace(_source[at]))
        {
            at++;
        }

        var sign = at < _source.Length && _source[at] is '-' or '+' ? _source[at++] : '\0';
        if (string.CompareOrdinal(_source, at, "%}", 0, 2) != 0)
        {
            return false;
        }

        _at = at + 2;
        SkipSpace(word == "raw" && sign == '\0' ? '+' : sign, isOutput: false); // The line break behind 'raw' stays.
        return true;
    }

    private void ReadRaw(int brace)
    {
        var start = _at;
        for (var end = start; (end = _source.IndexOf("{%", end, StringComparison.Ordinal)) >= 0; end++)
        {
            _at = end + 2;
            var sign = Sign();
            if (SkipRawTag("endraw"))
            {
                AddText(start, EndOfText(start, end, sign, isOutput: false));
                return;
            }
        }

        throw new TemplateException("a 'raw' block has no 'endraw'", brace);
    }

    private void ReadTag(int brace, bool isOutput)
    {
        _tokens.Add(new Token(isOutput ? TokenKind.OutputBegin : TokenKind.TagBegin, _source[brace..(brace + 2)], brace));
        var expression = new ExpressionLexer(_source, _at, _tokens);
        var sign = expression.Read(isOutput ? "}}" : "%}", brace);
        _at = expression.At;
        SkipSpace(sign, isOutput);
    }
}
