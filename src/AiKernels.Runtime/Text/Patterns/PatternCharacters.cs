using System.Globalization;
using System.Text;

namespace AiKernels.Runtime.Text.Patterns;

/// <summary>Reads a pattern character by character, and the sets of characters in it.</summary>
internal sealed class PatternCharacters(string source)
{
    private const int LargestNumber = 1000, MostNested = 16, LongestFoldedRange = 1000;

    // Outside of brackets Oniguruma goes by another table, to which Latin-1's small numbers belong.
    private static readonly CharacterSet BareWord = new CharacterSet.Any(
        [CharacterSet.Word, new CharacterSet.InRanges((0xB2, 0xB3), (0xB9, 0xB9), (0xBC, 0xBE))]);

    private static readonly CharacterSet Digit = CharacterSet.Named("Nd")!;

    private readonly Dictionary<(string Text, bool IgnoreCase), int> _indexes = [];
    private readonly List<CharacterSet> _sets = [];
    private int _open;

    /// <summary>All sets met so far.</summary>
    public IReadOnlyList<CharacterSet> Sets => _sets;

    public int Position { get; private set; }

    public bool AtEnd => Position == source.Length;

    public char Next => source[Position];

    public bool IgnoresCase { get; set; }

    public bool IsNext(char character) => !AtEnd && Next == character;

    public bool Take(string text)
    {
        if (string.CompareOrdinal(source, Position, text, 0, text.Length) != 0)
        {
            return false;
        }

        Position += text.Length;
        return true;
    }

    public void Expect(string text)
    {
        if (!Take(text))
        {
            throw Unsupported();
        }
    }

    public int Number()
    {
        var start = Position;
        while (!AtEnd && char.IsAsciiDigit(Next))
        {
            Position++;
        }

        return int.TryParse(source.AsSpan(start, Position - start), out var number) && number <= LargestNumber
            ? number
            : throw Unsupported();
    }

    /// <summary>Reads one set: a bracketed class, an escape or a literal. Equal spellings share one index.</summary>
    public int Set()
    {
        var start = Position;
        if (AtEnd || Next is '^' or '$' or '?' or '*' or '+' or '{' or '|' or ')')
        {
            throw Unsupported();
        }

        var set = Take("[") ? Bracketed()
            : Take(".") ? new CharacterSet.Not(CharacterSet.One('\n', false))
            : Member();
        var key = (source[start..Position], IgnoresCase);
        if (!_indexes.TryGetValue(key, out var index))
        {
            _indexes[key] = index = IndexOf(set);
        }

        return index;
    }

    /// <summary>The index of a set that the source does not spell.</summary>
    public int IndexOf(CharacterSet set)
    {
        _sets.Add(set);
        return _sets.Count - 1;
    }

    public NotSupportedException Unsupported() => new(
        $"the pre-tokenizer pattern '{source}' uses something unsupported at character {Position}");

    // Behind the opening bracket: members, classes within the class, and && before what they have to belong to as well.
    private CharacterSet Bracketed()
    {
        if (++_open > MostNested)
        {
            throw Unsupported();
        }

        var isNegated = Take("^");
        CharacterSet? both = null;
        List<CharacterSet> members = [];
        while (!Take("]"))
        {
            if (Take("&&"))
            {
                both = Intersection(both, members);
                members = [];
            }
            else if (AtEnd || Take("[:"))
            {
                throw Unsupported();
            }
            else
            {
                members.Add(Take("[") ? Bracketed() : Member());
            }
        }

        _open--;
        var set = Intersection(both, members);
        return isNegated ? new CharacterSet.Not(set) : set;
    }

    private static CharacterSet Intersection(CharacterSet? first, List<CharacterSet> members)
    {
        CharacterSet second = members.Count == 1 ? members[0] : new CharacterSet.Any(members);
        return first is null ? second : new CharacterSet.Both(first, second);
    }

    /// <summary>An escape, a character or a range of them.</summary>
    private CharacterSet Member()
    {
        if (Take(@"\s") || Take(@"\d") || Take(@"\w"))
        {
            return Shorthand(source[Position - 1]);
        }

        if (Take(@"\S") || Take(@"\D") || Take(@"\W"))
        {
            return new CharacterSet.Not(Shorthand(char.ToLowerInvariant(source[Position - 1])));
        }

        if (Take(@"\p{^") || Take(@"\P{"))
        {
            return new CharacterSet.Not(Property());
        }

        return Take(@"\p{") ? Property() : Literals();
    }

    private CharacterSet Literals()
    {
        var first = Literal();
        var isRange = Position + 1 < source.Length && Next == '-' && source[Position + 1] is not (']' or '[');
        if (!isRange || _open == 0) // A hyphen outside of brackets is a character like any other.
        {
            return CharacterSet.One(first, IgnoresCase);
        }

        Expect("-");
        var last = Literal();
        return last < first || (IgnoresCase && last - first > LongestFoldedRange) ? throw Unsupported()
            : !IgnoresCase ? new CharacterSet.InRanges((first, last))
            : new CharacterSet.Any([.. Enumerable.Range(first, last - first + 1).Select(one => CharacterSet.One(one, true))]);
    }

    private CharacterSet Shorthand(char letter) =>
        letter == 's' ? CharacterSet.WhiteSpace : letter == 'd' ? Digit : _open > 0 ? CharacterSet.Word : BareWord;

    private CharacterSet Property()
    {
        var end = source.IndexOf('}', Position);
        var set = end < 0 ? null : CharacterSet.Named(source.AsSpan(Position, end - Position));
        if (set is null)
        {
            throw Unsupported();
        }

        Position = end + 1;
        return set;
    }

    private int Literal()
    {
        var isEscaped = Take(@"\");
        if (AtEnd || !Rune.TryGetRuneAt(source, Position, out var rune))
        {
            throw Unsupported();
        }

        Position += rune.Utf16SequenceLength;
        return !isEscaped ? rune.Value : rune.Value switch
        {
            'r' => '\r',
            'n' => '\n',
            't' => '\t',
            'v' => '\v',
            'f' => '\f',
            'x' when Take("{") => Hexadecimal(source.IndexOf('}', Position) - Position, 1),
            'x' => Hexadecimal(2, 0),
            'u' => Hexadecimal(4, 0),
            _ when Rune.IsLetterOrDigit(rune) => throw Unsupported(),
            _ => rune.Value,
        };
    }

    private int Hexadecimal(int digits, int behind)
    {
        if (digits is < 1 or > 8 || Position + digits > source.Length
            || !int.TryParse(source.AsSpan(Position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || value is < 0 or > 0x10FFFF)
        {
            throw Unsupported();
        }

        Position += digits + behind;
        return value;
    }
}
