using System.Globalization;
using System.Text;
using AiKernels.Runtime.Grammars.Characters;

namespace AiKernels.Runtime.Grammars.Regex;

/// <summary>Reads regular expressions as JavaScript writes them, with characters beyond U+FFFF whole, as JSON Schema has them.</summary>
/// <remarks>
/// Source: ECMA-262, "RegExp (Regular Expression) Objects", with the flag u. What can't be said of a set of texts is refused by
/// name: references to groups, word boundaries, looking behind. Whether a repeat is greedy makes no difference.
/// </remarks>
internal sealed class RegexParser : GrammarScanner
{

    private RegexParser(string source)
        : base(source)
    {
    }

    /// <exception cref="GrammarException">It can't be read, or uses what isn't supported.</exception>
    public static SyntaxNode Parse(string source)
    {
        var parser = new RegexParser(source);
        var root = parser.Choice();
        return parser.AtEnd ? root : throw parser.Fault("a ) without its (");
    }

    private SyntaxNode Choice()
    {
        Enter();

        List<SyntaxNode> items = [Sequence()];
        while (Take("|"))
        {
            items.Add(Sequence());
        }

        Leave();
        return items.Count == 1 ? items[0] : new SyntaxNode.Choice(items);
    }

    private SyntaxNode.Sequence Sequence()
    {
        List<SyntaxNode> items = [];
        while (!AtEnd && Next is not ('|' or ')'))
        {
            items.Add(Repeated(Item()));
        }

        return new(items);
    }

    private SyntaxNode Repeated(SyntaxNode item)
    {
        (int Minimum, int? Maximum)? bounds =
            Take("*") ? (0, null)
            : Take("+") ? (1, null)
            : Take("?") ? (0, 1)
            : Take("{") ? Bounds()
            : null;
        if (bounds is not var (minimum, maximum))
        {
            return item;
        }

        _ = Take("?"); // Which of several ways is taken first is all the same.
        var repeat = new SyntaxNode.Repeat(item, minimum, maximum);
        return Next is '*' or '+' or '?' or '{' ? throw Fault("a repeat of a repeat")
            : item is SyntaxNode.Start or SyntaxNode.End or SyntaxNode.Ahead ? throw Fault("a repeat of something without characters")
            : repeat.IsTooMuch ? throw Fault("repeats within each other come to too much")
            : repeat;
    }

    private (int Minimum, int? Maximum) Bounds()
    {
        var minimum = Number();
        int? maximum = !Take(",") ? minimum : Next == '}' ? null : Number();
        Expect("}");
        return maximum < minimum ? throw Fault($"a repeat from {minimum} to {maximum} times can't be") : (minimum, maximum);
    }

    private SyntaxNode Item() =>
        Take("(") ? Group()
        : Take("[") ? new SyntaxNode.OneOf(Class())
        : Take("^") ? new SyntaxNode.Start()
        : Take("$") ? new SyntaxNode.End()
        : Take(".") ? new SyntaxNode.OneOf(CharacterClass.LineEnds.Complement())
        : Next is '*' or '+' or '?' or '{' ? throw Fault("a repeat of nothing")
        : new SyntaxNode.OneOf(Atom(isInClass: false));

    private SyntaxNode Group()
    {
        var isNegated = Take("?!");
        if (isNegated || Take("?="))
        {
            var ahead = new SyntaxNode.Ahead(Choice(), isNegated);
            Expect(")");
            return ahead;
        }

        if (Take("?<=") || Take("?<!"))
        {
            throw Fault("looking behind isn't supported");
        }

        if (Take("?<"))
        {
            var end = Source.IndexOf('>', Position);
            Position = end < 0 ? throw Fault("the name of a group has no end") : end + 1;
        }
        else if (Next == '?' && !Take("?:"))
        {
            throw Fault("this kind of group isn't supported");
        }

        var group = Choice();
        Expect(")");
        return group;
    }

    private CodePointSet Class()
    {
        var isNegated = Take("^");
        List<(int First, int Last)> ranges = [];
        while (!Take("]"))
        {
            var first = Atom(isInClass: true);
            var isRange = Next == '-' && Position + 1 < Source.Length && Source[Position + 1] != ']';
            if (isRange && first.Single is { } from)
            {
                Position++;
                ranges.Add(Atom(isInClass: true).Single is { } to && from <= to ? (from, to) : throw Fault("a range that is none"));
            }
            else
            {
                ranges.AddRange(first.Ranges); // Behind a class as \w, a - stands for itself.
            }
        }

        var set = CodePointSet.Of([.. ranges]);
        return isNegated ? set.Complement() : set;
    }

    /// <summary>A character or a class of characters.</summary>
    private CodePointSet Atom(bool isInClass)
    {
        var character = TakeRune("a class or escape").Value;
        return character != '\\' ? CodePointSet.Of((character, character)) : Escaped(isInClass);
    }

    private CodePointSet Escaped(bool isInClass)
    {
        var letter = Next;
        Position += AtEnd ? 0 : 1;
        if (CharacterClass.Named(letter) is { } named)
        {
            return named;
        }

        if (letter is 'p' or 'P')
        {
            var set = Category();
            return letter == 'p' ? set : set.Complement();
        }

        var character = letter switch
        {
            't' => '\t',
            'n' => '\n',
            'v' => '\v',
            'f' => '\f',
            'r' => '\r',
            '0' when !char.IsAsciiDigit(Next) => '\0',
            'b' when isInClass => '\b',
            'c' when char.IsAsciiLetter(Next) => Source[Position++] % 32,
            'x' => Hexadecimal(2),
            'u' => Unicode(),
            'b' or 'B' => throw Fault("word boundaries aren't supported"),
            'k' or (>= '1' and <= '9') => throw Fault("references to groups aren't supported"),
            _ when char.IsAsciiLetterOrDigit(letter) || AtEndOf(letter) => throw Fault($"\\{letter} is no escape"),
            _ => letter,
        };
        return CodePointSet.Of((character, character));
    }

    private bool AtEndOf(char letter) => letter == '\0' && AtEnd;

    private int Unicode()
    {
        if (Take("{"))
        {
            var end = Source.IndexOf('}', Position);
            var value = end > Position && end - Position <= 6 ? Hexadecimal(end - Position) : throw Fault("expected a character's number and }");
            Expect("}");
            return value <= 0x10FFFF ? value : throw Fault("there is no such character");
        }

        var first = Hexadecimal(4);
        var isPair = char.IsHighSurrogate((char)first) && string.CompareOrdinal(Source, Position, "\\u", 0, 2) == 0;
        if (!isPair)
        {
            return first;
        }

        Position += 2;
        var second = Hexadecimal(4);
        return char.IsLowSurrogate((char)second) ? char.ConvertToUtf32((char)first, (char)second) : throw Fault("half a character");
    }

    private CodePointSet Category()
    {
        Expect("{");
        var end = Source.IndexOf('}', Position);
        var name = end < 0 ? "" : Source[Position..end];
        var set = CharacterClass.OfCategory(name) ?? throw Fault($"\\p{{{name}}} isn't supported: it is no general category of Unicode");
        Position = end + 1;
        return set;
    }
}
