using System.Globalization;
using System.Text;
using AiKernels.Runtime.Text.Patterns;

namespace AiKernels.Runtime.Text;

/// <summary>Small letters for capital ones, character by character.</summary>
internal sealed class Lowercase : Normalizer
{
    /// <summary>Appends the small letter.</summary>
    public static void Append(int codePoint, Utf8Buffer target)
    {
        // The only letter whose small form is two characters.
        if (codePoint == 0x130)
        {
            target.Append("i\u0307"u8);
        }
        else
        {
            target.Append(Rune.ToLowerInvariant(new Rune(codePoint)));
        }
    }

    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer target)
    {
        for (var at = 0; at < text.Length;)
        {
            Append(Utf8Text.CodePoint(text, at, out var length), target);
            at += length;
        }
    }
}

/// <summary>Takes out the characters of some categories.</summary>
/// <param name="removed">Whether characters of a category are taken out.</param>
internal sealed class WithoutCategories(Predicate<UnicodeCategory> removed) : Normalizer
{
    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer target)
    {
        for (var at = 0; at < text.Length;)
        {
            var codePoint = Utf8Text.CodePoint(text, at, out var length);
            if (!removed(CharUnicodeInfo.GetUnicodeCategory(codePoint)))
            {
                target.Append(text.Slice(at, length));
            }

            at += length;
        }
    }
}

/// <summary>Takes white space off the ends.</summary>
internal sealed class Strip(bool left, bool right) : Normalizer
{
    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer target)
    {
        var (start, end) = (0, text.Length);
        while (left && start < end && IsSpace(Utf8Text.CodePoint(text, start, out var length)))
        {
            start += length;
        }

        while (right && start < end && IsSpace(Utf8Text.CodePointBefore(text, end)))
        {
            end--;
            while ((text[end] & 0xC0) == 0x80)
            {
                end--;
            }
        }

        target.Append(text[start..end]);
    }

    private static bool IsSpace(int codePoint) => CharacterSet.WhiteSpace.Contains(codePoint, default);
}

/// <summary>Puts a text before each.</summary>
internal sealed class Prepend(string prefix) : Normalizer
{
    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer target)
    {
        if (!text.IsEmpty)
        {
            target.Append(prefix);
            target.Append(text);
        }
    }
}

/// <summary>Puts a text in the place of what a pattern matches.</summary>
internal sealed class Replace(Pattern pattern, string content) : Normalizer
{
    public override bool Keeps(ReadOnlySpan<byte> text)
    {
        var work = 0L;
        return pattern.Find(text, 0, out _, ref work) == 0;
    }

    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer target)
    {
        var work = 0L;
        for (var end = 0; end < text.Length;)
        {
            var length = pattern.Find(text, end, out var start, ref work);
            target.Append(text[end..start]);
            if (length > 0)
            {
                target.Append(content);
            }

            end = start + length;
        }
    }
}

/// <summary>Takes out control characters, and makes all kinds of white space one, as translation models were trained.</summary>
/// <remarks>Source: <c>nmt</c> of google/sentencepiece, as Hugging Face's tokenizers have it.</remarks>
internal sealed class TranslationSpaces : Normalizer
{
    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer target)
    {
        for (var at = 0; at < text.Length;)
        {
            switch (Utf8Text.CodePoint(text, at, out var length))
            {
                case (>= 0x01 and <= 0x08) or 0x0B or (>= 0x0E and <= 0x1F) or 0x7F or 0x8F or 0x9F:
                    break;
                case 0x09 or 0x0A or 0x0C or 0x0D or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD:
                    target.Append((byte)' ');
                    break;
                default:
                    target.Append(text.Slice(at, length));
                    break;
            }

            at += length;
        }
    }
}
