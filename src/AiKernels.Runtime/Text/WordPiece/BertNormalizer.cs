using System.Globalization;
using AiKernels.Runtime.Text.Patterns;

namespace AiKernels.Runtime.Text;

/// <summary>
/// BERT's way: control characters go, each white space is a space, spaces stand around Chinese characters, accents come
/// off, and letters are small.
/// </summary>
/// <remarks>Source: <c>BasicTokenizer</c> of google-research/bert, as Hugging Face's tokenizers have it.</remarks>
internal sealed class BertNormalizer(bool cleansText, bool spacesChinese, bool stripsAccents, bool isLowercase) : Normalizer
{
    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer target)
    {
        var clean = new Utf8Buffer();
        Clean(text, clean);
        if (stripsAccents)
        {
            var decomposed = new Utf8Buffer();
            new UnicodeNormalizer(UnicodeForm.D).Normalize(clean.Text, decomposed);
            clean.Clear();
            new WithoutCategories(category => category == UnicodeCategory.NonSpacingMark).Normalize(decomposed.Text, clean);
        }

        if (isLowercase)
        {
            new Lowercase().Normalize(clean.Text, target);
        }
        else
        {
            target.Append(clean.Text);
        }
    }

    private static bool IsChinese(int codePoint) => codePoint is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF)
        or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F)
        or (>= 0x2B920 and <= 0x2CEAF) // Not from 0x2B820 on, as Unicode's block: Hugging Face's tokenizers have it so.
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    private static bool IsControl(int codePoint) => codePoint is 0 or 0xFFFD
        || CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    private void Clean(ReadOnlySpan<byte> text, Utf8Buffer target)
    {
        for (var at = 0; at < text.Length;)
        {
            var codePoint = Utf8Text.CodePoint(text, at, out var length);
            var character = text.Slice(at, length);
            at += length;
            if (cleansText && codePoint is '\t' or '\n' or '\r')
            {
                target.Append((byte)' ');
            }
            else if (cleansText && IsControl(codePoint))
            {
                // Left out.
            }
            else if (cleansText && CharacterSet.WhiteSpace.Contains(codePoint, default))
            {
                target.Append((byte)' ');
            }
            else if (spacesChinese && IsChinese(codePoint))
            {
                target.Append((byte)' ');
                target.Append(character);
                target.Append((byte)' ');
            }
            else
            {
                target.Append(character);
            }
        }
    }
}
