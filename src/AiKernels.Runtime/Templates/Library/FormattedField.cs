using System.Globalization;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>A value written as the format of its field wants it. What Python would refuse is refused.</summary>
internal sealed class FormattedField(Rendering run, FormatSpec spec)
{
    private static readonly FormatSpec Plain = new();

    /// <summary>The value as a text of the field's width.</summary>
    /// <param name="run">The rendering.</param>
    /// <param name="spec">The format.</param>
    /// <param name="value">The value.</param>
    public static string Of(Rendering run, FormatSpec spec, Value value)
    {
        var field = new FormattedField(run, spec);
        return spec == Plain ? PythonText.Of(run, value)
            : value is StringValue text ? field.Text(text)
            : Number.TryOf(value, out var number) ? field.NumberText(value, number)
            : throw field.Refusal(value);
    }

    private string Text(StringValue text)
    {
        if (spec is not { Type: '\0' or 's', Sign: '-', HasPrefix: false, Grouping: '\0', Align: not '=' })
        {
            throw Refusal(text);
        }

        var isCut = spec.Precision >= 0 && spec.Precision < text.Length(run);
        return Pad("", isCut ? text.Text[..text.UnitOf(run, spec.Precision)] : text.Text, '<');
    }

    private string NumberText(Value value, Number number)
    {
        var isWhole = number.IsInteger && spec.Precision < 0;
        var isFloat = spec.Type is 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or '%' || spec.Type == '\0' && !number.IsInteger;
        var (sign, digits) = spec.Type switch
        {
            _ when isFloat && !spec.HasPrefix => FloatDigits(number.Float),
            '\0' or 'd' or 'n' when isWhole => IntegerDigits(number.Integer),
            'x' or 'X' or 'o' or 'b' when isWhole && spec.Grouping != ',' => IntegerDigits(number.Integer),
            'c' when number is { IsInteger: true, Integer: >= 0 and <= 0x10FFFF } => ("", Character((int)number.Integer)),
            _ => throw Refusal(value),
        };
        return Pad(sign, Grouped(digits, spec.Width - sign.Length), spec.HasZero ? '=' : '>');
    }

    private TemplateException Refusal(Value value) => Described.Refusal(
        value, spec.Type is '\0' or 's' ? "can't be formatted like this" : $"can't be formatted as '{spec.Type}'");

    private static string Character(int code) =>
        code <= char.MaxValue ? ((char)code).ToString() : char.ConvertFromUtf32(code); // Halves of characters are characters in Python.

    private (string Sign, string Digits) IntegerDigits(long integer)
    {
        var magnitude = (UInt128)Int128.Abs(integer);
        var (prefix, digits) = spec.Type switch
        {
            'x' => ("0x", magnitude.ToString("x", CultureInfo.InvariantCulture)),
            'X' => ("0X", magnitude.ToString("X", CultureInfo.InvariantCulture)),
            'o' => ("0o", Octal(magnitude)),
            'b' => ("0b", magnitude.ToString("b", CultureInfo.InvariantCulture)),
            _ => ("", magnitude.ToString(CultureInfo.InvariantCulture)),
        };
        run.Make(spec.LeastDigits);
        return (SignOf(integer < 0) + (spec.HasPrefix ? prefix : ""), digits.TrimStart('0').PadLeft(Math.Max(1, spec.LeastDigits), '0'));
    }

    private static string Octal(UInt128 value)
    {
        var digits = "";
        for (; value != 0; value /= 8)
        {
            digits = (char)('0' + (int)(value % 8)) + digits;
        }

        return digits;
    }

    private (string Sign, string Digits) FloatDigits(double value)
    {
        run.Step(10 + Math.Max(spec.Precision, 0));
        var precision = spec.Precision < 0 ? 6 : spec.Precision;
        var text = spec.Type switch
        {
            'f' or 'F' => FloatText.Fixed(value, precision),
            '%' => FloatText.Fixed(value * 100, precision) + "%",
            'e' or 'E' => FloatText.Exponential(value, precision, spec.Type),
            'g' or 'G' => FloatText.General(value, precision, spec.Type == 'g' ? 'e' : 'E'),
            _ => spec.Precision < 0 ? FloatText.Shortest(value) : FloatText.General(value, precision, 'e', isPlain: true),
        };
        return (SignOf(text[0] == '-'), text.TrimStart('-'));
    }

    private string SignOf(bool isNegative) => isNegative ? "-" : spec.Sign == '-' ? "" : spec.Sign.ToString();

    // Zeros that fill up the field are grouped as well, and none of the separators comes first.
    private string Grouped(string digits, int room)
    {
        if (spec.Grouping == '\0')
        {
            return digits;
        }

        var size = spec.Type is 'x' or 'X' or 'o' or 'b' ? 4 : 3;
        var end = size == 3 && digits.AsSpan().IndexOfAny('.', 'e', '%') is >= 0 and var point ? point : digits.Length;
        room -= digits.Length - end;
        run.Make(room);
        var whole = digits[..end].PadLeft(spec is { HasZero: true, Align: '\0' or '=' } && room > 0 ? room - ((room - 1) / (size + 1)) : 0, '0');
        var grouped = new PromptText(run);
        for (var i = 0; i < whole.Length; i++)
        {
            grouped.Append(i > 0 && (whole.Length - i) % size == 0 ? spec.Grouping.ToString() : "");
            grouped.Append(whole[i]);
        }

        grouped.Append(digits.AsSpan(end));
        return grouped.ToString();
    }

    private string Pad(string sign, string text, char align)
    {
        align = spec.Align == '\0' ? align : spec.Align;
        run.Make((long)sign.Length + text.Length);
        return align switch
        {
            '=' => sign + StringMethods.Pad(run, new StringValue(text), spec.Width - sign.Length, spec.Fill, 1).Text,
            '<' => StringMethods.Pad(run, new StringValue(sign + text), spec.Width, spec.Fill, 0).Text,
            '>' => StringMethods.Pad(run, new StringValue(sign + text), spec.Width, spec.Fill, 1).Text,
            _ => Center(new StringValue(sign + text)),
        };
    }

    // Unlike str.center, the odd blank always follows.
    private string Center(StringValue text)
    {
        var blanks = spec.Width - text.Length(run);
        if (blanks <= 0)
        {
            return text.Text;
        }

        var centered = new PromptText(run);
        centered.Append(spec.Fill, blanks / 2);
        centered.Append(text.Text);
        centered.Append(spec.Fill, blanks - (blanks / 2));
        return centered.ToString();
    }
}
