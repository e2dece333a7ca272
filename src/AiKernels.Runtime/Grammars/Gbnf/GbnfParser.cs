using System.Globalization;
using System.Text;
using AiKernels.Runtime.Grammars.Characters;

namespace AiKernels.Runtime.Grammars.Gbnf;

/// <summary>Reads the text of a grammar in GBNF: rules of literals, character classes, groups, alternatives and repeats.</summary>
/// <remarks>Source: llama.cpp's <c>grammars/README.md</c>. A rule may also go on in a line that begins with a bar.</remarks>
internal sealed class GbnfParser : GrammarScanner
{
    // Each repeat of a repeat takes some of the thread's stack.
    private const int MostRules = 1 << 14, MostRepeats = 8;

    private readonly Dictionary<string, SyntaxNode> _rules = [];

    private GbnfParser(string source)
        : base(source)
    {
    }

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
        var start = Position;
        var name = Name();
        SkipSpace();
        if (!Take("::="))
        {
            throw Fault("expected ::= after the name of a rule");
        }

        SkipSpace();
        if (!_rules.TryAdd(name, Choice()))
        {
            Position = start;
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
        Enter();

        List<SyntaxNode> items = [Sequence()];
        while (GoesOn('|'))
        {
            Position++;
            SkipSpace();
            items.Add(Sequence());
        }

        Leave();
        return items.Count == 1 ? items[0] : new SyntaxNode.Choice(items);
    }

    /// <summary>Whether the next character is a certain one, on this line or behind empty ones.</summary>
    private bool GoesOn(char character)
    {
        var before = Position;
        SkipSpace();
        if (Next == character)
        {
            return true;
        }

        Position = before;
        return false;
    }

    private SyntaxNode.Sequence Sequence()
    {
        List<SyntaxNode> items = [];
        while (true)
        {
            // Within a group a line's end is a space.
            if (Depth > 1)
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
                Position++;
                return new SyntaxNode.OneOf(CodePointSet.All);
            case '(':
                Position++;
                var group = Choice();
                SkipSpace();
                Expect(")");
                return group;
            case '<' or '!':
                return Token();
            default:
                var position = Position;
                return new SyntaxNode.Reference(Name(), position);
        }
    }

    private SyntaxNode Repeated(SyntaxNode item)
    {
        for (var repeats = 0; ; repeats++)
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

            Position++;
            var repeat = new SyntaxNode.Repeat(item, minimum, maximum);
            item = repeats == MostRepeats ? throw Fault($"more than {MostRepeats} repeats of each other")
                : repeat.IsTooMuch ? throw Fault("repeats within each other come to too much") : repeat;
        }
    }

    private (int Minimum, int? Maximum) Bounds()
    {
        Position++;
        SkipBlanks();
        var minimum = Number();
        SkipBlanks();
        int? maximum = minimum;
        if (Next == ',')
        {
            Position++;
            SkipBlanks();
            maximum = Next == '}' ? null : Number();
            SkipBlanks();
        }

        return Next != '}' ? throw Fault("expected } after a repeat's bounds")
            : maximum < minimum ? throw Fault($"a repeat from {minimum} to {maximum} times can't be")
            : (minimum, maximum);
    }

    private SyntaxNode.Sequence Literal()
    {
        Position++;
        List<SyntaxNode> characters = [];
        while (Next != '"')
        {
            var character = Character();
            characters.Add(new SyntaxNode.OneOf(CodePointSet.Of((character, character))));
        }

        Position++;
        return new(characters);
    }

    private CodePointSet Class()
    {
        Position++;
        var isNegated = Take("^");
        List<(int, int)> ranges = [];
        while (Next != ']')
        {
            var first = Character();
            var isRange = Next == '-' && Position + 1 < Source.Length && Source[Position + 1] != ']';
            Position += isRange ? 1 : 0;
            var last = isRange ? Character() : first;
            ranges.Add(first <= last ? (first, last) : throw Fault("expected a range's last character to come behind its first"));
        }

        Position++;
        var set = CodePointSet.Of([.. ranges]);
        return isNegated ? set.Complement() : set;
    }

    private SyntaxNode.Token Token()
    {
        var start = Position;
        var isExcluded = Take("!");
        Expect("<");
        var end = Source.IndexOf('>', Position);
        if (end < 0)
        {
            throw Fault("expected > after a token");
        }

        var text = Source[Position..end];
        int? id = null;
        if (text is ['[', .., ']'])
        {
            id = int.TryParse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
                : throw Fault("expected the number of a token");
        }

        Position = end + 1;
        return new(id, $"<{text}>", isExcluded, start);
    }

    private int Character()
    {
        var character = TakeRune("a literal or class").Value;
        return character == '\\' ? Escaped() : character;
    }

    private int Escaped()
    {
        var letter = Next;
        Position += AtEnd ? 0 : 1;
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

    private string Name()
    {
        var start = Position;
        while (char.IsAsciiLetterOrDigit(Next) || Next is '-' or '_')
        {
            Position++;
        }

        return Position > start ? Source[start..Position] : throw Fault("expected the name of a rule");
    }

    private void SkipBlanks()
    {
        while (Next is ' ' or '\t' or '#')
        {
            if (Next == '#')
            {
                var end = Source.AsSpan(Position).IndexOfAny('\r', '\n');
                Position = end < 0 ? Source.Length : Position + end;
            }
            else
            {
                Position++;
            }
        }
    }

    private void SkipSpace()
    {
        for (SkipBlanks(); Next is '\r' or '\n'; SkipBlanks())
        {
            Position++;
        }
    }
}
