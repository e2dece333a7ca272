namespace AiKernels.Runtime.Text.Patterns;

/// <summary>
/// Reads the regular expressions by which tokenizers split text: alternatives, groups, <c>(?i:..)</c>, repeats (greedy, lazy,
/// and, of a single character class, possessive), character classes, <c>$</c>, and <c>(?!x)</c> and <c>(?=x)</c> of a
/// single character class.
/// </summary>
/// <remarks>The dialect is Oniguruma's Ruby syntax, in which Hugging Face's tokenizers read them.</remarks>
internal sealed class PatternParser
{
    // The longest in use has some 1,500 characters.
    private const int MostNested = 64, LongestSource = 10_000;

    private readonly string _source;
    private readonly PatternCharacters _characters;
    private int _depth;

    private PatternParser(string source)
    {
        _source = source;
        _characters = new PatternCharacters(source);
    }

    /// <exception cref="NotSupportedException">The expression uses more than is listed above.</exception>
    public static (PatternNode Root, IReadOnlyList<CharacterSet> Sets) Parse(string source)
    {
        if (source.Length > LongestSource)
        {
            throw new NotSupportedException($"a pre-tokenizer pattern has {source.Length} characters, more than {LongestSource}");
        }

        var parser = new PatternParser(source);
        var root = parser.Choice();
        return parser._characters.AtEnd ? (root, parser._characters.Sets) : throw parser._characters.Unsupported();
    }

    private PatternNode Choice()
    {
        List<PatternNode> items = [Sequence()];
        while (_characters.Take("|"))
        {
            items.Add(Sequence());
        }

        return items.Count == 1 ? items[0] : new PatternNode.Choice(items);
    }

    private PatternNode Sequence()
    {
        List<PatternNode> items = [];
        while (!_characters.AtEnd && _characters.Next is not ('|' or ')'))
        {
            items.Add(Repeat(Item()));
        }

        return items.Count == 1 ? items[0] : new PatternNode.Sequence(items);
    }

    private PatternNode Repeat(PatternNode item)
    {
        var repeat = _characters.Take("?") ? new(item, 0, 1)
            : _characters.Take("*") ? new(item, 0, null)
            : _characters.Take("+") ? new(item, 1, null)
            : _characters.Take("{") ? Counted(item)
            : (PatternNode.Repeat?)null;
        if (repeat is null)
        {
            return item;
        }

        if (item is PatternNode.NotBefore or PatternNode.Before)
        {
            throw _characters.Unsupported();
        }

        // Behind {..} Ruby reads a plus as another repeat.
        var isCounted = _source[_characters.Position - 1] == '}';
        PatternNode result = repeat;
        if (!isCounted && _characters.Take("+"))
        {
            result = Possessive(repeat);
        }
        else if (_characters.Take("?"))
        {
            // Behind {2} Ruby reads it as a choice of twice or not at all.
            result = repeat.Minimum == repeat.Maximum ? throw _characters.Unsupported() : repeat with { IsLazy = true };
        }

        return !_characters.AtEnd && _characters.Next is '?' or '+' or '*' or '{' ? throw _characters.Unsupported() : result;
    }

    /// <summary>A repeat that never gives back: more of the class must not follow, unless the limit is reached.</summary>
    private PatternNode.Sequence Possessive(PatternNode.Repeat repeat)
    {
        if (repeat is not { Item: PatternNode.One one, Maximum: null or 1 })
        {
            throw _characters.Unsupported();
        }

        var stop = new PatternNode.NotBefore(one.Set);
        return new PatternNode.Sequence(repeat.Maximum is null ? [repeat, stop] : [new PatternNode.Choice([one, stop])]);
    }

    private PatternNode.Repeat Counted(PatternNode item)
    {
        var minimum = _characters.Number();
        var maximum = !_characters.Take(",") ? minimum : _characters.IsNext('}') ? (int?)null : _characters.Number();
        _characters.Expect("}");
        return maximum < minimum ? throw _characters.Unsupported() : new(item, minimum, maximum);
    }

    private PatternNode Item()
    {
        if (_characters.Take("(?!"))
        {
            return new PatternNode.NotBefore(Lookahead());
        }

        if (_characters.Take("(?="))
        {
            return new PatternNode.Before(Lookahead());
        }

        if (_characters.Take("$"))
        {
            // Ruby's: the end of a line.
            return new PatternNode.NotBefore(_characters.IndexOf(new CharacterSet.Not(CharacterSet.One('\n', false))));
        }

        return _characters.Take("(") ? Group() : new PatternNode.One(_characters.Set());
    }

    private int Lookahead()
    {
        var set = _characters.Set();
        _characters.Expect(")");
        return set;
    }

    private PatternNode Group()
    {
        if (++_depth > MostNested)
        {
            throw _characters.Unsupported();
        }

        var outer = _characters.IgnoresCase;
        _characters.IgnoresCase |= _characters.Take("?i:");
        _ = _characters.Take("?:");
        var group = Choice();
        _characters.IgnoresCase = outer;
        _characters.Expect(")");
        _depth--;
        return group;
    }
}
