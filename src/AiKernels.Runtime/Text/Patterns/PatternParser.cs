using System.Text;

namespace AiKernels.Runtime.Text.Patterns;

/// <summary>
/// Reads the regular expressions by which tokenizers split text: alternatives, greedy repeats, classes with
/// <c>\s \S \p{..}</c>, groups, <c>(?i:..)</c>, and <c>(?!x)</c> before a single character class.
/// </summary>
internal sealed class PatternParser
{
    private readonly string _source;
    private readonly Dictionary<(string Text, bool IgnoreCase), int> _setIndex = [];
    private readonly List<CharacterSet> _sets = [];
    private int _position;
    private bool _ignoreCase;

    private PatternParser(string source) => _source = source;

    /// <exception cref="NotSupportedException">The expression uses more than is listed above.</exception>
    public static (PatternNode Root, IReadOnlyList<CharacterSet> Sets) Parse(string source)
    {
        var parser = new PatternParser(source);
        var root = parser.Choice();
        return parser.AtEnd ? (root, parser._sets) : throw parser.Unsupported();
    }

    private bool AtEnd => _position == _source.Length;

    private PatternNode Choice()
    {
        List<PatternNode> items = [Sequence()];
        while (Take("|"))
        {
            items.Add(Sequence());
        }

        return items.Count == 1 ? items[0] : new PatternNode.Choice(items);
    }

    private PatternNode Sequence()
    {
        List<PatternNode> items = [];
        while (!AtEnd && _source[_position] is not ('|' or ')'))
        {
            items.Add(Repeat(Item()));
        }

        return items.Count == 1 ? items[0] : new PatternNode.Sequence(items);
    }

    private PatternNode Repeat(PatternNode item)
    {
        var repeat = Take("?") ? new(item, 0, 1)
            : Take("*") ? new(item, 0, null)
            : Take("+") ? new(item, 1, null)
            : Take("{") ? Counted(item)
            : (PatternNode.Repeat?)null;
        return repeat is null ? item
            : !AtEnd && _source[_position] is '?' or '+' or '*' ? throw Unsupported()
            : repeat;
    }

    private PatternNode.Repeat Counted(PatternNode item)
    {
        var minimum = Number();
        var maximum = !Take(",") ? minimum : !AtEnd && _source[_position] == '}' ? (int?)null : Number();
        Expect("}");
        return maximum < minimum ? throw Unsupported() : new(item, minimum, maximum);
    }

    private int Number()
    {
        var start = _position;
        while (!AtEnd && char.IsAsciiDigit(_source[_position]))
        {
            _position++;
        }

        return int.TryParse(_source.AsSpan(start, _position - start), out var number) && number <= 100
            ? number
            : throw Unsupported();
    }

    private PatternNode Item()
    {
        if (Take("(?!"))
        {
            var set = Set();
            Expect(")");
            return new PatternNode.NotBefore(set);
        }

        if (!Take("("))
        {
            return new PatternNode.One(Set());
        }

        var outer = _ignoreCase;
        _ignoreCase |= Take("?i:");
        _ = Take("?:");
        var group = Choice();
        _ignoreCase = outer;
        Expect(")");
        return group;
    }

    // One set: a bracketed class, an escape or a literal. Equal spellings share one index.
    private int Set()
    {
        var start = _position;
        var set = new CharacterSetBuilder(_ignoreCase);
        if (Take("["))
        {
            set.Negated = Take("^");
            while (!Take("]"))
            {
                ClassMember(set);
            }
        }
        else if (AtEnd || _source[_position] is '.' or '^' or '$' or '?' or '*' or '+' or '{')
        {
            throw Unsupported();
        }
        else if (Take(@"\S"))
        {
            set.Negated = set.WhiteSpace = true;
        }
        else
        {
            ClassMember(set);
        }

        var key = (_source[start.._position], _ignoreCase);
        if (!_setIndex.TryGetValue(key, out var index))
        {
            _setIndex[key] = index = _sets.Count;
            _sets.Add(set.Build());
        }

        return index;
    }

    private void ClassMember(CharacterSetBuilder set)
    {
        if (Take(@"\s"))
        {
            set.WhiteSpace = true;
        }
        else if (Take(@"\p{"))
        {
            var end = _source.IndexOf('}', _position);
            var categories = end < 0 ? 0 : CharacterSet.CategoriesNamed(_source.AsSpan(_position, end - _position));
            set.Categories |= categories != 0 ? categories : throw Unsupported();
            _position = end + 1;
        }
        else
        {
            var first = Literal();
            var isRange = _position + 1 < _source.Length && _source[_position] == '-' && _source[_position + 1] != ']';
            set.Add(first, isRange && Take("-") ? Literal() : first);
        }
    }

    private int Literal()
    {
        var isEscaped = Take(@"\");
        if (AtEnd || !Rune.TryGetRuneAt(_source, _position, out var rune))
        {
            throw Unsupported();
        }

        _position += rune.Utf16SequenceLength;
        return !isEscaped ? rune.Value : rune.Value switch
        {
            'r' => '\r',
            'n' => '\n',
            't' => '\t',
            _ when Rune.IsLetterOrDigit(rune) => throw Unsupported(),
            _ => rune.Value,
        };
    }

    private bool Take(string text)
    {
        if (string.CompareOrdinal(_source, _position, text, 0, text.Length) != 0)
        {
            return false;
        }

        _position += text.Length;
        return true;
    }

    private void Expect(string text)
    {
        if (!Take(text))
        {
            throw Unsupported();
        }
    }

    private NotSupportedException Unsupported() =>
        new($"the pre-tokenizer pattern '{_source}' uses something unsupported at character {_position}");
}
