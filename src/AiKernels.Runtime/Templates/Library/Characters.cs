using System.Globalization;
using System.Text;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Kinds of characters as Python has them.</summary>
internal static class Characters
{
    /// <summary>White space; Python's has four separators more than .NET's.</summary>
    public static bool IsSpace(char unit) => char.IsWhiteSpace(unit) || unit is >= '\x1C' and <= '\x1F';

    public static bool IsCased(Rune rune) => Rune.IsUpper(rune) || Rune.IsLower(rune)
        || Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    /// <summary>The text without white space at its ends.</summary>
    public static string Trim(string text, bool start = true, bool end = true) => Trim(text, IsSpace, start, end);

    /// <summary>The text without some characters at its ends.</summary>
    public static string Trim(Rendering run, string text, string characters, bool start = true, bool end = true)
    {
        run.Step(characters.Length);
        var runes = characters.EnumerateRunes().ToHashSet();
        var (first, last) = (0, text.Length);
        while (start && Rune.DecodeFromUtf16(text.AsSpan(first..last), out var rune, out var length) == 0 && runes.Contains(rune))
        {
            first += length;
        }

        while (end && Rune.DecodeLastFromUtf16(text.AsSpan(first..last), out var rune, out var length) == 0 && runes.Contains(rune))
        {
            last -= length;
        }

        return text[first..last];
    }

    private static string Trim(string text, Predicate<char> isTrimmed, bool start, bool end)
    {
        var (first, last) = (0, text.Length);
        while (start && first < last && isTrimmed(text[first]))
        {
            first++;
        }

        while (end && first < last && isTrimmed(text[last - 1]))
        {
            last--;
        }

        return text[first..last];
    }

    public static string Upper(string text) => text.Contains('ß', StringComparison.Ordinal)
        ? text.Replace("ß", "SS", StringComparison.Ordinal).ToUpperInvariant()
        : text.ToUpperInvariant();

#pragma warning disable CA1308 // Templates ask for lower case.
    public static string Lower(string text) => text.ToLowerInvariant();
#pragma warning restore CA1308

    /// <summary>The first character in upper case, the others in lower case.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        var first = char.IsSurrogatePair(text, 0) ? 2 : 1;
        return Upper(text[..first]) + Lower(text[first..]);
    }

    /// <summary>Each letter behind another one in lower case, the others in upper case.</summary>
    public static string Title(string text)
    {
        var title = new StringBuilder(text.Length);
        var isWithinWord = false;
        Span<char> units = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
        {
            var changed = isWithinWord ? Rune.ToLowerInvariant(rune) : Rune.ToUpperInvariant(rune);
            title.Append(units[..changed.EncodeToUtf16(units)]);
            isWithinWord = IsCased(rune);
        }

        return title.ToString();
    }

    /// <summary>Upper case for lower case and the other way round.</summary>
    public static string SwapCase(string text) => string.Concat(text.EnumerateRunes()
        .Select(rune => (Rune.IsUpper(rune) ? Rune.ToLowerInvariant(rune) : Rune.ToUpperInvariant(rune)).ToString()));
}
