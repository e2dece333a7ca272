using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>A number of JSON as its decimal digits, without leading or trailing zeros: exact, however large or small.</summary>
/// <param name="IsNegative">Whether it is below zero.</param>
/// <param name="Integer">The digits before the point; "0" if there are none.</param>
/// <param name="Fraction">The digits behind the point; empty if there are none.</param>
internal sealed record DecimalText(bool IsNegative, string Integer, string Fraction)
{
    private const int MostDigits = 1000;

    public bool IsZero => Integer == "0" && Fraction.Length == 0;

    /// <summary>The number times a power of ten that leaves no fraction.</summary>
    public BigInteger Digits => BigInteger.Parse(Integer + Fraction, CultureInfo.InvariantCulture);

    /// <summary>The least positive whole number that is a multiple of it.</summary>
    public DecimalText WholeMultiple
    {
        get
        {
            var unit = BigInteger.Pow(10, Fraction.Length);
            return new(false, $"{Digits / BigInteger.GreatestCommonDivisor(Digits, unit)}", "");
        }
    }

    /// <summary>How many units of 10^-places it is.</summary>
    public BigInteger InUnits(int places) => Digits * BigInteger.Pow(10, places - Fraction.Length) * (IsNegative ? -1 : 1);

    /// <summary>Reads a number; null if it has too many digits.</summary>
    public static DecimalText? Of(JsonElement number)
    {
        var text = number.GetRawText();
        var exponentAt = text.IndexOfAny(['e', 'E']);
        var mantissa = exponentAt < 0 ? text : text[..exponentAt];
        if (mantissa.AsSpan().IndexOfAnyInRange('1', '9') < 0)
        {
            return new(false, "0", ""); // Whatever its exponent.
        }

        var exponent = 0;
        if (exponentAt >= 0 && !int.TryParse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
        {
            return null;
        }

        var isNegative = mantissa[0] == '-';
        var parts = mantissa.TrimStart('-').Split('.');
        var (integer, fraction) = (parts[0], parts.Length > 1 ? parts[1] : "");
        if (integer.Length + fraction.Length + Math.Abs((long)exponent) > MostDigits)
        {
            return null;
        }

        var digits = integer + fraction;
        var point = integer.Length + exponent;
        digits = point < 0 ? new string('0', -point) + digits : digits.PadRight(Math.Max(point, digits.Length), '0');
        point = Math.Max(point, 0);
        var (before, behind) = (digits[..point].TrimStart('0'), digits[point..].TrimEnd('0'));
        return new(isNegative, before.Length == 0 ? "0" : before, behind);
    }
}
