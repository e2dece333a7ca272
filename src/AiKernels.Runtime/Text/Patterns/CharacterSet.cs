using System.Globalization;
using System.Text;

namespace AiKernels.Runtime.Text.Patterns;

/// <summary>A set of code points. Whether one belongs depends on its Unicode category and on the ranges it lies in.</summary>
internal abstract record CharacterSet
{
    // In the order of UnicodeCategory.
    private const string CategoryNames = "LuLlLtLmLoMnMcMeNdNlNoZsZlZpCcCfCsCoPcPdPsPePiPfPoSmScSkSoCn";

    /// <summary>Code points with the property White_Space.</summary>
    public static CharacterSet WhiteSpace { get; } = new InRanges(
        (0x09, 0x0D), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
        (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000));

    /// <summary>
    /// What <c>\w</c> stands for within brackets: letters, marks, digits and connectors, and the letters in circles and squares.
    /// </summary>
    public static CharacterSet Word { get; } = new Any(
    [
        .. new[] { "L", "M", "Nd", "Nl", "Pc" }.Select(name => Named(name)!),
        new InRanges((0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)),
    ]);

    /// <summary>Whether a code point of a category belongs to the set.</summary>
    public abstract bool Contains(int codePoint, UnicodeCategory category);

    /// <summary>The first code points behind which membership may change though the category doesn't.</summary>
    public abstract IEnumerable<int> Borders();

    /// <summary>The set that <c>\p{name}</c> stands for: a category ("Lu"), a group of them ("L") or a script; null if not known.</summary>
    public static CharacterSet? Named(ReadOnlySpan<char> name)
    {
        var categories = 0;
        for (var i = 0; i < CategoryNames.Length; i += 2)
        {
            if (name.Length is 1 or 2 && CategoryNames.AsSpan(i, name.Length).SequenceEqual(name))
            {
                categories |= 1 << (i / 2);
            }
        }

        return categories != 0 ? new OfCategories(categories) : Scripts.Named(name);
    }

    /// <summary>One character, and, where case doesn't matter, those that differ from it in case alone.</summary>
    public static CharacterSet One(int codePoint, bool ignoreCase)
    {
        if (!ignoreCase || !Rune.TryCreate(codePoint, out var rune))
        {
            return new InRanges((codePoint, codePoint));
        }

        var (lower, upper) = (Rune.ToLowerInvariant(rune).Value, Rune.ToUpperInvariant(rune).Value);

        // Unicode folds two characters outside ASCII onto ASCII letters: the long s and the Kelvin sign.
        var folded = lower == 's' ? 0x017F : lower == 'k' ? 0x212A : codePoint;
        return new InRanges((codePoint, codePoint), (lower, lower), (upper, upper), (folded, folded));
    }

    /// <summary>Ranges, ends included.</summary>
    public sealed record InRanges(params (int First, int Last)[] Ranges) : CharacterSet
    {
        public override bool Contains(int codePoint, UnicodeCategory category)
        {
            foreach (var (first, last) in Ranges)
            {
                if (codePoint >= first && codePoint <= last)
                {
                    return true;
                }
            }

            return false;
        }

        public override IEnumerable<int> Borders() => Ranges.SelectMany(range => new[] { range.First, range.Last + 1 });
    }

    /// <summary>Categories: bit c stands for <see cref="UnicodeCategory"/> c.</summary>
    public sealed record OfCategories(int Categories) : CharacterSet
    {
        public override bool Contains(int codePoint, UnicodeCategory category) => ((Categories >> (int)category) & 1) != 0;

        public override IEnumerable<int> Borders() => [];
    }

    /// <summary>All code points but those of a set.</summary>
    public sealed record Not(CharacterSet Set) : CharacterSet
    {
        public override bool Contains(int codePoint, UnicodeCategory category) => !Set.Contains(codePoint, category);

        public override IEnumerable<int> Borders() => Set.Borders();
    }

    /// <summary>What belongs to any of the sets.</summary>
    public sealed record Any(IReadOnlyList<CharacterSet> Sets) : CharacterSet
    {
        public override bool Contains(int codePoint, UnicodeCategory category) => Sets.Any(set => set.Contains(codePoint, category));

        public override IEnumerable<int> Borders() => Sets.SelectMany(set => set.Borders());
    }

    /// <summary>What belongs to both sets.</summary>
    public sealed record Both(CharacterSet First, CharacterSet Second) : CharacterSet
    {
        public override bool Contains(int codePoint, UnicodeCategory category) =>
            First.Contains(codePoint, category) && Second.Contains(codePoint, category);

        public override IEnumerable<int> Borders() => First.Borders().Concat(Second.Borders());
    }
}
