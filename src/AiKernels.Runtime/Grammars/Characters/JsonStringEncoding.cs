using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Characters;

/// <summary>
/// Characters as they stand in a string of JSON: for themselves, or escaped, by a letter or by the four hexadecimal digits
/// of their UTF-16. Source: RFC 8259, section 7.
/// </summary>
/// <param name="store">Makes expressions.</param>
/// <param name="isPlain">Whether only those are escaped that have to be, in the shortest way: then each character is written in one way.</param>
internal sealed class JsonStringEncoding(ExpressionStore store, bool isPlain) : ICharacterEncoding
{
    private const int FirstSupplementary = 0x10000, HighSurrogates = 0xD800, LowSurrogates = 0xDC00;

    private static readonly (char Letter, int CodePoint)[] Letters =
        [('"', '"'), ('\\', '\\'), ('/', '/'), ('b', '\b'), ('f', '\f'), ('n', '\n'), ('r', '\r'), ('t', '\t')];

    private static readonly CodePointSet Lettered = CodePointSet.Of([.. Letters.Select(letter => (letter.CodePoint, letter.CodePoint))]);

    private static readonly CodePointSet Unescaped = CodePointSet.Of((0, 0x1F), ('"', '"'), ('\\', '\\')).Complement();

    private readonly Utf8Encoding _utf8 = new(store);
    private readonly Dictionary<int, Expression> _single = [];

    public Expression Encode(CodePointSet set)
    {
        if (set.Single is not { } codePoint)
        {
            return Write(set);
        }

        if (!_single.TryGetValue(codePoint, out var known))
        {
            _single[codePoint] = known = Write(set);
        }

        return known;
    }

    private Expression Write(CodePointSet set)
    {
        var unescaped = set.Intersect(Unescaped);
        var escaped = isPlain ? set.Except(unescaped) : set;
        var letters = default(ByteSet);
        foreach (var (letter, codePoint) in Letters)
        {
            letters |= escaped.Contains(codePoint) ? ByteSet.Of((byte)letter) : default;
        }

        var numbered = isPlain ? escaped.Except(Lettered) : escaped;
        var behindBackslash = store.Choice(store.Bytes(letters), store.Sequence(store.Literal("u"u8), Hexadecimal(numbered)));
        return store.Choice(_utf8.Encode(unescaped), store.Sequence(store.Literal("\\"u8), behindBackslash));
    }

    private Expression Hexadecimal(CodePointSet set)
    {
        var digits = new DigitRanges(store, 16, (_, low, high) => HexadecimalDigits(low, high));
        List<Expression> parts = [];
        foreach (var (first, last) in set.Ranges)
        {
            parts.Add(digits.Between(first, Math.Min(last, FirstSupplementary - 1), 4));
            parts.Add(Pairs(Math.Max(first, FirstSupplementary) - FirstSupplementary, last - FirstSupplementary, digits));
        }

        return store.Choice([.. parts]);
    }

    /// <summary>A surrogate pair has ten bits of a supplementary character's number in either half.</summary>
    private Expression Pairs(int first, int last, DigitRanges digits)
    {
        var pairs = new List<Expression>();
        while (first <= last)
        {
            var (low, high) = (first >> 10, last >> 10);
            var isWhole = (first & 0x3FF) == 0 && low < high;
            var end = isWhole && (last & 0x3FF) == 0x3FF ? high : isWhole ? high - 1 : low;
            var lowLast = end == high && !isWhole ? last & 0x3FF : 0x3FF;
            pairs.Add(store.Sequence(
                digits.Between(HighSurrogates + low, HighSurrogates + end, 4),
                store.Literal("\\u"u8),
                digits.Between(LowSurrogates + (first & 0x3FF), LowSurrogates + lowLast, 4)));
            first = (end << 10) + lowLast + 1;
        }

        return store.Choice([.. pairs]);
    }

    private ByteSet HexadecimalDigits(int low, int high)
    {
        var digits = default(ByteSet);
        for (var digit = low; digit <= high; digit++)
        {
            digits |= ByteSet.Of((byte)digit.ToString("x", null)[0]) | (isPlain ? default : ByteSet.Of((byte)digit.ToString("X", null)[0]));
        }

        return digits;
    }
}
