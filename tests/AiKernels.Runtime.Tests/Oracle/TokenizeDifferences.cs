using System.Globalization;
using System.Text;
using AiKernels.Runtime.Tests.Text;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>Texts of which llama.cpp makes other ids than the published tokenizers, and why.</summary>
internal static class TokenizeDifferences
{
    // What Unicode 15 and 16 added: .NET knows it, llama.cpp's tables don't.
    private static readonly (int First, int Last)[] New =
    [
        (0x897, 0x897), (0xCF3, 0xCF3), (0xECE, 0xECE), (0x1B4E, 0x1B4F), (0x1B7F, 0x1B7F), (0x1C89, 0x1C8A), (0x2427, 0x2429),
        (0x2FFC, 0x2FFF), (0x31E4, 0x31EF), (0xA7CB, 0xA7CD), (0xA7DA, 0xA7DC), (0x105C0, 0x105F3), (0x10D40, 0x10D8F),
        (0x10EC2, 0x10EFF), (0x1123F, 0x11241), (0x11380, 0x113E2), (0x116D0, 0x116E3), (0x11B00, 0x11BF9), (0x11F00, 0x11F5A),
        (0x1342F, 0x143FA), (0x16100, 0x16139), (0x16D40, 0x16D79), (0x1B132, 0x1B155), (0x1CC00, 0x1CEB3), (0x1D2C0, 0x1D2D3),
        (0x1DF25, 0x1DF2A), (0x1E030, 0x1E08F), (0x1E4D0, 0x1E5FF), (0x1F6DC, 0x1FBEF), (0x1171E, 0x1171E),
        (0x18CFF, 0x18CFF), (0x2B739, 0x2B739), (0x2EBF0, 0x2EE5D), (0x31350, 0x323AF),
    ];

    public static bool IsExcluded(string text, string[] differences) => Has(text, IsNew) || differences.Any(name => name switch
    {
        nameof(IsComposed) => IsComposed(text),
        nameof(HasWideSpaces) => HasWideSpaces(text),
        nameof(TellsCapitals) => TellsCapitals(text),
        nameof(HasWideCases) => HasWideCases(text),
        nameof(HasDigits) => HasDigits(text),
        nameof(HasWideDigits) => HasWideDigits(text),
        nameof(HasOtherNumbers) => HasOtherNumbers(text),
        nameof(IsBlank) => IsBlank(text),
        nameof(HasSpaceMarks) => HasSpaceMarks(text),
        nameof(BertSeesMore) => BertSeesMore(text),
        _ => throw new ArgumentException($"there is no difference {name}"),
    });

    /// <summary>The family's tokenizer.json composes text first (NFC). llama.cpp doesn't.</summary>
    public static bool IsComposed(string text) => Unicode.Normalized(text, UnicodeForm.C) != text;

    /// <summary>Where a pattern has no category, llama.cpp has the C++ library match it, with a tab for all white space beyond ASCII.</summary>
    public static bool HasWideSpaces(string text) => Has(text, rune => !rune.IsAscii && Rune.IsWhiteSpace(rune));

    /// <summary>The family's pattern tells capitals from small letters. llama.cpp takes \p{Lu} and the like for any letter there.</summary>
    public static bool TellsCapitals(string text) => Has(text, rune => Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter);

    /// <summary>
    /// The published pattern has sets of capitals, small letters, letters of no case, and marks. llama.cpp's has "a letter but
    /// a to z" and "a letter but A to Z" instead, so that marks and the cases of letters beyond ASCII are different.
    /// </summary>
    public static bool HasWideCases(string text) => Has(text, rune => !rune.IsAscii && Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark);

    /// <summary>The published pattern takes groups of digits only before the end of a word. llama.cpp groups all numbers.</summary>
    public static bool HasDigits(string text) => Has(text, Rune.IsDigit);

    /// <summary>\d is all of Unicode's digits in the published pattern, and ASCII's in llama.cpp.</summary>
    public static bool HasWideDigits(string text) => Has(text, rune => !rune.IsAscii && Rune.IsDigit(rune));

    /// <summary>Groups of digits are of \d where a pattern says so. llama.cpp's are of all numbers, Roman ones and fractions among them.</summary>
    public static bool HasOtherNumbers(string text) => Has(text, rune => Rune.IsNumber(rune) && !Rune.IsDigit(rune));

    /// <summary>SentencePiece puts its space before a text of any kind, llama.cpp before the first character that is no space.</summary>
    public static bool IsBlank(string text) => string.IsNullOrWhiteSpace(text);

    /// <summary>SentencePiece takes marks off the end even where the text spelt them. llama.cpp looks at spaces before they are marked.</summary>
    public static bool HasSpaceMarks(string text) => text.Contains('\u2581');

    /// <summary>
    /// BERT: llama.cpp decomposes a character to its first part alone (Hangul), takes off spacing marks with the accents, has
    /// the next line (U+0085) as white space where it is a control character, keeps private use, and lets U+2581 in a text
    /// begin a word.
    /// </summary>
    public static bool BertSeesMore(string text) => HasSpaceMarks(text) || Has(text, rune => rune.Value is 0x85 or (>= 0xAC00 and < 0xD7A4)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.Control);

    private static bool IsNew(Rune rune) => New.Any(range => rune.Value >= range.First && rune.Value <= range.Last);

    private static bool Has(string text, Func<Rune, bool> predicate) => text.EnumerateRunes().Any(predicate);
}
