using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Integers as text.</summary>
internal static class IntegerText
{
    /// <summary>The integer that a text spells, as Python's <c>int()</c> reads it; null where it spells none.</summary>
    /// <exception cref="TemplateException">It doesn't fit in 64 bits.</exception>
    public static IntegerValue? Parse(string text, int radix)
    {
        if (radix is not 0 and (< 2 or > 36))
        {
            throw new TemplateException("the base of an integer has to be 0, or 2 to 36");
        }

        var digits = Characters.Trim(text);
        var isNegative = digits.StartsWith('-');
        digits = digits.Length > 0 && digits[0] is '-' or '+' ? digits[1..] : digits;
        (digits, radix) = WithoutPrefix(digits, radix);
        return Magnitude(WithoutUnderscores(digits), radix) is { } magnitude ? IntegerValue.Of(isNegative ? -magnitude : magnitude) : null;
    }

    /// <summary>The text without underscores between digits; where there are others, a text that spells no number.</summary>
    public static string WithoutUnderscores(string text)
    {
        if (!text.Contains('_', StringComparison.Ordinal))
        {
            return text;
        }

        for (var i = text.IndexOf('_', StringComparison.Ordinal); i >= 0; i = text.IndexOf('_', i + 1))
        {
            if (i == 0 || i == text.Length - 1 || !char.IsAsciiLetterOrDigit(text[i - 1]) || !char.IsAsciiLetterOrDigit(text[i + 1]))
            {
                return "";
            }
        }

        return text.Replace("_", "", StringComparison.Ordinal);
    }

    private static (string Digits, int Radix) WithoutPrefix(string digits, int radix)
    {
        if (digits.Length > 2 && digits[0] == '0')
        {
            var named = char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => -1 };
            if (named == radix || named > 0 && radix == 0)
            {
                return (digits[2] == '_' ? digits[3..] : digits[2..], named);
            }
        }

        return (digits, radix == 0 ? 10 : radix);
    }

    private static Int128? Magnitude(string digits, int radix)
    {
        if (digits.Length == 0)
        {
            return null;
        }

        Int128 magnitude = 0;
        foreach (var digit in digits)
        {
            var value = char.IsAsciiDigit(digit) ? digit - '0' : char.IsAsciiLetter(digit) ? (digit | 0x20) - 'a' + 10 : radix;
            if (value >= radix)
            {
                return null;
            }

            // Saturates far beyond 64 bits: the digits behind may still turn out to be none.
            magnitude = Int128.Min((magnitude * radix) + value, Int128.One << 100);
        }

        return magnitude;
    }
}
