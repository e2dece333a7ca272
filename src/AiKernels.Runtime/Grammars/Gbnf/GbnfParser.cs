using System.Globalization;
using System.Text;
using AiKernels.Runtime.Grammars.Characters;

namespace AiKernels.Runtime.Grammars.Gbnf;

/// <summary>Reads the text of a grammar in GBNF: rules of literals, character classes, groups, alternatives and repeats.</summary>
/// <remarks>Source: llama.cpp's <c>grammars/README.md</c>. A rule may also go on in a line that begins with a bar.</remarks>
internal sealed class GbnfParser
{
    private const int MostRules = 1 << 14, MostDepth = 128;

    private readonly string _source;
    private readonly Dictionary<string, SyntaxNode> _rules = [];
    private int _position;
    private int _depth;

    private GbnfParser(string source) => _source = source;

    private bool AtEnd => _position == _source.Length;

    private char Next => AtEnd ? '\0' : _source[_position];

    /// <summary>The rules by name.</summary>
    /// <exception cref="GrammarException">The text is no grammar.</exception>
    public static IReadOnlyDictionary<string, SyntaxNode> Parse(string source)
    {
        var parser = new GbnfParser(source);
        for (parser.SkipSpace(); !parser.AtEnd; parser.SkipSpace())
        {
            parser.Rule();
        }

        return parser._rules;
    }

    private void Rule()
    {
        var start = _position;
        var name = Name();
        SkipSpace();
        if (!Take("::="))
        {
            throw Fault("expected ::= after the name of a rule");
        }

        SkipSpace();
        if (!_rules.TryAdd(name, Choice()))
        {
            _position = start;
            throw Fault($"the rule {name} is there twice");
        }

        if (_rules.Count > MostRules)
        {
            throw Fault($"there are more than {MostRules} rules");
        }

        SkipBlanks();
        if (!AtEnd && Next is not ('\n' or '\r'))
        {
            throw Fault($"expected the end of the rule {name}");
        }
    }

    private SyntaxNode Choice()
    {
        if (++_depth > MostDepth)
        {
            throw Fault($"groups are nested more than {MostDepth} deep");
        }

        List<SyntaxNode> items = [Sequence()];
        while (GoesOn('|'))
        {
            _position++;
            SkipSpace();
            items.Add(Sequence());
        }

        _depth--;
        return items.Count == 1 ? items[0] : new SyntaxNode.Choice(items);
    }

    /// <summary>Whether the next character is a certain one, on this line or behind empty ones.</summary>
    private bool GoesOn(char character)
    {
        var before = _position;
        SkipSpace();
        if (Next == character)
        {
            return true;
        }

        _position = before;
        return false;
    }

    private SyntaxNode.Sequence Sequence()
    {
        List<SyntaxNode> items = [];
        while (true)
        {
            // Within a group a line's end is a space.
            if (_depth > 1)
            {
                SkipSpace();
            }
            else
            {
                SkipBlanks();
            }

            if (AtEnd || Next is '|' or ')' or '\n' or '\r')
            {
                return new(items);
            }

            items.Add(Repeated(Item()));
        }
    }

    private SyntaxNode Item()
    {
        switch (Next)
        {
            case '"':
                return Literal();
            case '[':
                return new SyntaxNode.OneOf(Class());
            case '.':
                _position++;
                return new SyntaxNode.OneOf(CodePointSet.All);
            case '(':
                _position++;
                var group = Choice();
                SkipSpace();
                Expect(')');
                return group;
            case '<' or '!':
                return Token();
            default:
                var position = _position;
                return new SyntaxNode.Reference(Name(), position);
        }
    }

    private SyntaxNode Repeated(SyntaxNode item)
    {
        while (true)
        {
            (int Minimum, int? Maximum)? bounds = Next switch
            {
                '*' => (0, null),
                '+' => (1, null),
                '?' => (0, 1),
                '{' => Bounds(),
                _ => null,
            };
            if (bounds is not var (minimum, maximum))
            {
                return item;
            }

            _position++;
            var repeat = new SyntaxNode.Repeat(item, minimum, maximum);
            item = repeat.IsTooMuch ? throw Fault("repeats within each other come to too much") : repeat;
        }
    }

    private (int Minimum, int? Maximum) Bounds()
    {
        _position++;
        SkipBlanks();
        var minimum = Number();
        SkipBlanks();
        int? maximum = minimum;
        if (Next == ',')
        {
            _position++;
            SkipBlanks();
            maximum = Next == '}' ? null : Number();
            SkipBlanks();
        }

        return Next != '}' ? throw Fault("expected } after a repeat's bounds")
            : maximum < minimum ? throw Fault($"a repeat from {minimum} to {maximum} times can't be")
            : (minimum, maximum);
    }

    private int Number()
    {
        var start = _position;
        while (char.IsAsciiDigit(Next))
        {
            _position++;
        }

        return int.TryParse(_source.AsSpan(start, _position - start), CultureInfo.InvariantCulture, out var number) ? number
            : throw Fault(start == _position ? "expected a number" : "a number is too large");
    }

    private SyntaxNode.Sequence Literal()
    {
        _position++;
        List<SyntaxNode> characters = [];
        while (Next != '"')
        {
            var character = Character();
            characters.Add(new SyntaxNode.OneOf(CodePointSet.Of((character, character))));
        }

        _position++;
        return new(characters);
    }

    private CodePointSet Class()
    {
        _position++;
        var isNegated = Take("^");
        List<(int, int)> ranges = [];
        while (Next != ']')
        {
            var first = Character();
            var isRange = Next == '-' && _position + 1 < _source.Length && _source[_position + 1] != ']';
            _position += isRange ? 1 : 0;
            ranges.Add((first, isRange ? Character() : first));
        }

        _position++;
        var set = CodePointSet.Of([.. ranges]);
        return isNegated ? set.Complement() : set;
    }

    private SyntaxNode.Token Token()
    {
        var start = _position;
        var isExcluded = Take("!");
        Expect('<');
        var end = _source.IndexOf('>', _position);
        if (end < 0)
        {
            throw Fault("expected > after a token");
        }

        var text = _source[_position..end];
        int? id = null;
        if (text is ['[', .., ']'])
        {
            id = int.TryParse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
                : throw Fault("expected the number of a token");
        }

        _position = end + 1;
        return new(id, $"<{text}>", isExcluded, start);
    }

    private int Character()
    {
        if (AtEnd || !Rune.TryGetRuneAt(_source, _position, out var rune))
        {
            throw Fault(AtEnd ? "a literal or class has no end" : "half a character");
        }

        _position += rune.Utf16SequenceLength;
        return rune.Value == '\\' ? Escaped() : rune.Value;
    }

    private int Escaped()
    {
        var letter = Next;
        _position += AtEnd ? 0 : 1;
        return letter switch
        {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '"' or '\\' or '[' or ']' or '-' or '^' => letter,
            'x' => Hexadecimal(2),
            'u' => Hexadecimal(4),
            'U' => Hexadecimal(8),
            _ => throw Fault($"\\{letter} is no escape"),
        };
    }

    private int Hexadecimal(int digits)
    {
        var isThere = _position + digits <= _source.Length;
        if (!isThere || !int.TryParse(
            _source.AsSpan(_position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || value is < 0 or > 0x10FFFF)
        {
            throw Fault($"expected the {digits} hexadecimal digits of a character");
        }

        _position += digits;
        return value;
    }

    private string Name()
    {
        var start = _position;
        while (char.IsAsciiLetterOrDigit(Next) || Next is '-' or '_')
        {
            _position++;
        }

        return _position > start ? _source[start.._position] : throw Fault("expected the name of a rule");
    }

    private void SkipBlanks()
    {
        while (Next is ' ' or '\t' or '#')
        {
            if (Next == '#')
            {
                var end = _source.AsSpan(_position).IndexOfAny('\r', '\n');
                _position = end < 0 ? _source.Length : _position + end;
            }
            else
            {
                _position++;
            }
        }
    }

    private void SkipSpace()
    {
        for (SkipBlanks(); Next is '\r' or '\n'; SkipBlanks())
        {
            _position++;
        }
    }

    private bool Take(string text)
    {
        var isThere = string.CompareOrdinal(_source, _position, text, 0, text.Length) == 0;
        _position += isThere ? text.Length : 0;
        return isThere;
    }

    private void Expect(char character)
    {
        if (Next != character)
        {
            throw Fault($"expected {character}");
        }

        _position++;
    }

    private GrammarException Fault(string problem) => new(problem, _source, _position);
}
