namespace AiKernels.Runtime.Chat.Reading;

/// <summary>What is the same in all families.</summary>
internal static class Markup
{
    /// <summary>The longest name of a tool or a parameter; APIs allow 64.</summary>
    public const int LongestName = 256;

    /// <summary>What counts as white space: that of JSON, in grammars as well.</summary>
    public const string Spaces = " \t\r\n";

    // What waits for what may follow it; a model that writes nothing else shall not be looked at over and over.
    private const int MostSpace = 256;

    private static readonly System.Buffers.SearchValues<char> NameEnds = System.Buffers.SearchValues.Create(" \t\r\n<>[]{}\"");

    /// <summary>How much white space a text begins with.</summary>
    public static int SpaceLength(ReadOnlySpan<char> text) => text.Length - text.TrimStart(Spaces).Length;

    /// <summary>
    /// How much of the white space that a text begins with belongs to a marker before it: lines that have nothing else. Negative
    /// where the text has nothing else so far.
    /// </summary>
    public static int BlankLinesLength(ReadOnlySpan<char> text)
    {
        var space = Math.Min(SpaceLength(text), MostSpace);
        return space < text.Length ? text[..space].LastIndexOfAny('\r', '\n') + 1 : -1;
    }

    /// <summary>A text without the white space at its end, or the last of it where there is no end of it.</summary>
    public static ReadOnlySpan<char> TrimEnd(ReadOnlySpan<char> text)
    {
        var first = Math.Max(text.Length - MostSpace, 0);
        return text[..(first + text[first..].TrimEnd(Spaces).Length)];
    }

    /// <summary>How long the name is that a text begins with.</summary>
    public static int NameLength(ReadOnlySpan<char> text) => text.IndexOfAny(NameEnds) is >= 0 and var end ? end : text.Length;

    /// <summary>Whether a tool's name can be told from what stands around it.</summary>
    public static bool IsName(string name) => name.Length is > 0 and <= LongestName && NameLength(name) == name.Length;

    /// <summary>How many characters at a text's end may be the beginning of a marker.</summary>
    public static int PartialLength(ReadOnlySpan<char> text, string marker)
    {
        var length = Math.Min(text.Length, marker.Length - 1);
        while (length > 0 && !text.EndsWith(marker.AsSpan(0, length)))
        {
            length--;
        }

        return length;
    }
}
