using System.Globalization;
using System.Text;

namespace AiKernels.Runtime.Files;

/// <summary>
/// Text from a stranger's file made fit for a terminal: control and formatting characters, which could rewrite the
/// screen or reorder a line, are spelt out, and what is too long is cut.
/// </summary>
public static class Printable
{
    private const int NameLength = 80;

    /// <summary>The text between quotes, cut where it is longer than a name.</summary>
    public static string Quote(string text) => $"'{Text(text)}'";

    /// <summary>The text on one line, without anything that a terminal obeys.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="maximum">About how many characters to keep.</param>
    public static string Text(string text, int maximum = NameLength)
    {
        var printable = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (printable.Length >= maximum)
            {
                return printable.Append("...").ToString();
            }

            printable.Append(IsShown(rune) ? rune.ToString() : Escape(rune));
        }

        return printable.ToString();
    }

    private static bool IsShown(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static string Escape(Rune rune) => rune.Value switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}"),
    };
}
