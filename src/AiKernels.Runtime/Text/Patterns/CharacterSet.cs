using System.Globalization;

namespace AiKernels.Runtime.Text.Patterns;

/// <summary>A set of code points: Unicode categories, white space and ranges, or everything else.</summary>
/// <param name="Categories">Bit c stands for <see cref="UnicodeCategory"/> c.</param>
/// <param name="WhiteSpace">Whether code points with the property White_Space belong to it.</param>
/// <param name="Ranges">Single characters and ranges, ends included.</param>
/// <param name="Negated">Whether the set is all code points but these.</param>
internal sealed record CharacterSet(int Categories, bool WhiteSpace, (int First, int Last)[] Ranges, bool Negated)
{
    // In the order of UnicodeCategory.
    private const string CategoryNames = "LuLlLtLmLoMnMcMeNdNlNoZsZlZpCcCfCsCoPcPdPsPePiPfPoSmScSkSoCn";

    // U+3000, the ideographic space, is Unicode's last.
    private static readonly int[] WhiteSpaces =
        [.. Enumerable.Range(0, 0x3001).Where(codePoint => char.IsWhiteSpace((char)codePoint))];

    /// <summary>The categories that <paramref name="name"/> stands for: one ("Lu") or a group ("L"); 0 if there is none.</summary>
    public static int CategoriesNamed(ReadOnlySpan<char> name)
    {
        var categories = 0;
        for (var i = 0; i < CategoryNames.Length; i += 2)
        {
            if (name.Length is 1 or 2 && CategoryNames.AsSpan(i, name.Length).SequenceEqual(name))
            {
                categories |= 1 << (i / 2);
            }
        }

        return categories;
    }

    /// <summary>Whether a code point belongs to the set.</summary>
    public bool Contains(int codePoint) =>
        (HasCategory(CharUnicodeInfo.GetUnicodeCategory(codePoint)) || IsSingle(codePoint)) != Negated;

    /// <summary>Whether the code points of a category belong to the set, <see cref="Singles"/> aside.</summary>
    public bool Contains(UnicodeCategory category) => HasCategory(category) != Negated;

    /// <summary>The code points that the set names one by one, whatever their category.</summary>
    public IEnumerable<int> Singles() =>
        Ranges.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1))
            .Concat(WhiteSpace ? WhiteSpaces : []);

    private bool HasCategory(UnicodeCategory category) => ((Categories >> (int)category) & 1) != 0;

    private bool IsSingle(int codePoint) =>
        Ranges.Any(range => codePoint >= range.First && codePoint <= range.Last)
        || (WhiteSpace && Array.BinarySearch(WhiteSpaces, codePoint) >= 0);
}
