using System.Globalization;
using System.Text;

namespace AiKernels.Runtime.Files;

/// <summary>
/// Text from a stranger's file made fit for a terminal: control and formatting characters, which could rewrite the
/// screen or reorder a line, are spelt out, and what is too long is cut.
/// </summary>
internal static class Printable
{
    private const int NameLength = 80;

    public static string Quote(string text) => $"'{Text(text)}'";

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
