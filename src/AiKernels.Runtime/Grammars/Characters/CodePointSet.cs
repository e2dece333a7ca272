using System.Globalization;

namespace AiKernels.Runtime.Grammars.Characters;

/// <summary>A set of characters: Unicode scalar values, which are all code points but the surrogates.</summary>
internal sealed class CodePointSet
{
    private const int Last = 0x10FFFF, FirstSurrogate = 0xD800, LastSurrogate = 0xDFFF;

    private readonly (int First, int Last)[] _ranges;

    private CodePointSet((int First, int Last)[] ranges) => _ranges = ranges;

    /// <summary>No character.</summary>
    public static CodePointSet None { get; } = new([]);

    /// <summary>Every character.</summary>
    public static CodePointSet All { get; } = new([(0, FirstSurrogate - 1), (LastSurrogate + 1, Last)]);

    /// <summary>The characters in ascending ranges, which neither touch nor contain surrogates.</summary>
    public IReadOnlyList<(int First, int Last)> Ranges => _ranges;

    public bool IsEmpty => _ranges.Length == 0;

    /// <summary>The character, if there is only one.</summary>
    public int? Single => _ranges is [var (first, last)] && first == last ? first : null;

    /// <summary>The characters from one to another, both included, in any order; surrogates don't count.</summary>
    public static CodePointSet Of(params ReadOnlySpan<(int First, int Last)> ranges)
    {
        (int First, int Last)[] sorted = [.. ranges.ToArray().Where(range => range.First <= range.Last)];
        Array.Sort(sorted);
        List<(int First, int Last)> joined = [];
        foreach (var range in sorted)
        {
            if (joined.Count > 0 && range.First <= joined[^1].Last + 1)
            {
                joined[^1] = (joined[^1].First, Math.Max(joined[^1].Last, range.Last));
            }
            else
            {
                joined.Add(range);
            }
        }

        return new([.. joined.SelectMany(WithoutSurrogates)]);
    }

    /// <summary>These characters.</summary>
    public static CodePointSet OfCharacters(string characters) => Of([.. characters.EnumerateRunes().Select(rune => (rune.Value, rune.Value))]);

    /// <summary>The characters of some Unicode categories; bit c stands for <see cref="UnicodeCategory"/> c.</summary>
    public static CodePointSet OfCategories(int categories)
    {
        List<(int, int)> ranges = [];
        for (var codePoint = 0; codePoint <= Last; codePoint++)
        {
            if (((categories >> (int)CharUnicodeInfo.GetUnicodeCategory(codePoint)) & 1) != 0)
            {
                ranges.Add((codePoint, codePoint));
            }
        }

        return Of([.. ranges]);
    }

    public CodePointSet Union(CodePointSet other) => Of([.. _ranges, .. other._ranges]);

    public CodePointSet Intersect(CodePointSet other) => Complement().Union(other.Complement()).Complement();

    public CodePointSet Except(CodePointSet other) => Intersect(other.Complement());

    /// <summary>All other characters.</summary>
    public CodePointSet Complement()
    {
        List<(int, int)> gaps = [];
        var next = 0;
        foreach (var (first, last) in _ranges)
        {
            gaps.Add((next, first - 1));
            next = last + 1;
        }

        return Of([.. gaps, (next, Last)]);
    }

    public bool Contains(int codePoint) => _ranges.Any(range => codePoint >= range.First && codePoint <= range.Last);

    private static IEnumerable<(int First, int Last)> WithoutSurrogates((int First, int Last) range)
    {
        (int First, int Last) below = (range.First, Math.Min(range.Last, FirstSurrogate - 1));
        (int First, int Last) above = (Math.Max(range.First, LastSurrogate + 1), range.Last);
        if (below.First <= below.Last)
        {
            yield return below;
        }

        if (above.First <= above.Last)
        {
            yield return above;
        }
    }
}
