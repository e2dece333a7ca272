using System.Globalization;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Floats as Python writes them.</summary>
internal static class FloatText
{
    private const int MostDigits = 100; // Digits of large numbers take a square of time.
    private const int ExactDigits = 17; // So many digits tell every double from all others.

    /// <summary>The fewest digits that give the same float again: with a point between 1e-4 and 1e16, else with an exponent.</summary>
    public static string Shortest(double value)
    {
        if (!double.IsFinite(value))
        {
            return Special(value);
        }

        var (sign, digits, exponent) = Digits(value.ToString("R", CultureInfo.InvariantCulture));
        var text = exponent is < -4 or >= 16 ? WithExponent(digits, exponent, 'e') : WithPoint(digits, exponent);
        return sign + (text.Contains('.', StringComparison.Ordinal) || text.Contains('e', StringComparison.Ordinal) ? text : text + ".0");
    }

    /// <summary>So many digits after the point; of two equally near numbers the even one.</summary>
    public static string Fixed(double value, int precision)
    {
        Check(precision);
        return double.IsFinite(value) ? Round(value, precision).ToString($"F{precision}", CultureInfo.InvariantCulture) : Special(value);
    }

    /// <summary>One digit before the point and so many behind it, and an exponent.</summary>
    public static string Exponential(double value, int precision, char letter)
    {
        if (!double.IsFinite(value))
        {
            return Special(value);
        }

        Check(precision);
        var text = value.ToString($"E{precision}", CultureInfo.InvariantCulture);
        var (mantissa, exponent) = (text[..text.IndexOf('E', StringComparison.Ordinal)], Exponent(text));
        return mantissa + Suffix(exponent, letter);
    }

    /// <summary>
    /// So many significant digits without zeros at the end, with an exponent where the number is small or has more digits.
    /// </summary>
    /// <param name="value">The number.</param>
    /// <param name="precision">How many digits.</param>
    /// <param name="letter">The exponent's letter.</param>
    /// <param name="isPlain">Whether it is still to look like a float: a whole number then has a zero behind its point.</param>
    public static string General(double value, int precision, char letter, bool isPlain = false)
    {
        if (!double.IsFinite(value))
        {
            return Special(value);
        }

        Check(precision);
        precision = Math.Max(precision, 1);
        var text = value.ToString($"E{precision - 1}", CultureInfo.InvariantCulture);
        var (sign, digits, exponent) = Digits(text);
        var hasExponent = exponent < -4 || exponent >= (isPlain ? precision - 1 : precision);
        return sign + (hasExponent ? WithExponent(digits, exponent, letter)
            : isPlain && digits.Length <= exponent + 1 ? WithPoint(digits, exponent) + ".0"
            : WithPoint(digits, exponent));
    }

    /// <summary>The nearest number of so many digits after the point; of two equally near ones the even one.</summary>
    public static double Round(double value, int precision)
    {
        if (value == 0 || !double.IsFinite(value) || precision >= ExactDigits - Math.Floor(Math.Log10(Math.Abs(value))))
        {
            return value;
        }

        // .NET's digits are exact; only where exactly a half is left over it rounds up.
        var scaled = Math.ScaleB(value, precision + 1);
        if (precision >= 0 && scaled == Math.Floor(scaled) && Math.Abs(value) < 1L << 53)
        {
            var digits = value.ToString($"F{precision + 1}", CultureInfo.InvariantCulture);
            if (digits[^1] == '5')
            {
                var kept = digits[..^1].TrimEnd('.');
                var down = double.Parse(kept, CultureInfo.InvariantCulture);
                return (kept[^1] - '0') % 2 == 0
                    ? Math.CopySign(down, value)
                    : double.Parse(value.ToString($"F{precision}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            }
        }

        return precision >= 0
            ? double.Parse(value.ToString($"F{precision}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            : RoundWhole(value, -precision);
    }

    // To tens, hundreds and so on.
    private static double RoundWhole(double value, int zeros)
    {
        var unit = Math.Pow(10, zeros);
        return double.IsFinite(unit) ? Math.Round(value / unit, MidpointRounding.ToEven) * unit : Math.CopySign(0, value);
    }

    private static void Check(int precision)
    {
        if (precision > MostDigits)
        {
            throw new TemplateException($"a precision has more than the {MostDigits} digits that are allowed");
        }
    }

    private static string Special(double value) => double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";

    private static int Exponent(string text) =>
        int.Parse(text.AsSpan(text.IndexOf('E', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);

    // Of a text with a point or without, with an exponent or without: the digits without zeros around them, and the power of
    // ten of the first one.
    private static (string Sign, string Digits, int Exponent) Digits(string text)
    {
        var end = text.IndexOf('E', StringComparison.Ordinal) is >= 0 and var letter ? letter : text.Length;
        var mantissa = text.AsSpan(0, end).TrimStart('-');
        var point = mantissa.IndexOf('.') is >= 0 and var place ? place : mantissa.Length;
        var digits = mantissa.ToString().Replace(".", "", StringComparison.Ordinal);
        var significant = digits.TrimStart('0');
        var exponent = (end < text.Length ? Exponent(text) : 0) + point - 1 - (digits.Length - significant.Length);
        var sign = text[0] == '-' ? "-" : "";
        return significant.Length == 0 ? (sign, "0", 0) : (sign, significant.TrimEnd('0'), exponent);
    }

    private static string WithPoint(string digits, int exponent)
    {
        if (exponent < 0)
        {
            return $"0.{new string('0', -exponent - 1)}{digits}";
        }

        var whole = exponent + 1;
        return digits.Length <= whole ? digits.PadRight(whole, '0') : $"{digits[..whole]}.{digits[whole..]}";
    }

    private static string WithExponent(string digits, int exponent, char letter) =>
        (digits.Length > 1 ? $"{digits[0]}.{digits[1..]}" : digits) + Suffix(exponent, letter);

    private static string Suffix(int exponent, char letter) =>
        string.Create(CultureInfo.InvariantCulture, $"{letter}{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
}
