using System.Globalization;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>How a value is written in a field: <c>[[fill]align][sign][#][0][width][,][.precision][type]</c>.</summary>
internal sealed record FormatSpec
{
    private static readonly FormatSpec Plain = new();

    public char Fill { get; init; } = ' ';

    /// <summary>One of &lt; &gt; ^ =; '\0' where it is the type's own.</summary>
    public char Align { get; init; }

    /// <summary>One of + - and a space: what stands before numbers that aren't negative.</summary>
    public char Sign { get; init; } = '-';

    public bool HasPrefix { get; init; }

    public int Width { get; init; }

    /// <summary>What stands between groups of three digits; '\0' for nothing.</summary>
    public char Grouping { get; init; }

    /// <summary>-1 where there is none.</summary>
    public int Precision { get; init; } = -1;

    /// <summary>The kind of number or text; '\0' where it is the value's own.</summary>
    public char Type { get; init; }

    public static FormatSpec Parse(string text)
    {
        var at = 0;
        var spec = new FormatSpec();
        if (text.Length > 1 && IsAlign(text[1]))
        {
            spec = spec with { Fill = text[0], Align = text[1] };
            at = 2;
        }
        else if (text.Length > 0 && IsAlign(text[0]))
        {
            spec = spec with { Align = text[0] };
            at = 1;
        }

        spec = Peek() is '+' or '-' or ' ' ? spec with { Sign = text[at++] } : spec;
        spec = Peek() == '#' ? spec with { HasPrefix = Take() } : spec;
        if (Peek() == '0')
        {
            at++;
            spec = spec.Align == '\0' ? spec with { Fill = '0', Align = '=' } : spec.Fill == ' ' ? spec with { Fill = '0' } : spec;
        }

        spec = spec with { Width = Digits(text, ref at) ?? 0 };
        spec = Peek() is ',' or '_' ? spec with { Grouping = text[at++] } : spec;
        if (Peek() == '.')
        {
            at++;
            spec = spec with { Precision = Digits(text, ref at) ?? throw Invalid(text) };
        }

        spec = at < text.Length ? spec with { Type = text[at++] } : spec;
        return at == text.Length ? spec : throw Invalid(text);

        char Peek() => at < text.Length ? text[at] : '\0';

        bool Take()
        {
            at++;
            return true;
        }
    }

    /// <summary>A number within a text; null where there is none.</summary>
    public static int? Digits(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return at == start ? null
            : int.TryParse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new TemplateException("a width or a precision in a format is too large");
    }

    /// <summary>The value as a text of the field's width.</summary>
    public string Format(Rendering run, Value value)
    {
        if (value is BooleanValue && (Type == 's' || this == Plain) || !Number.TryOf(value, out var number))
        {
            return Type is '\0' or 's'
                ? Pad(run, "", Cut(run, PythonText.Of(run, value)), '<')
                : throw new TemplateException($"{Described.Of(value)} can't be formatted as '{Type}'");
        }

        var (sign, digits) = Type switch
        {
            'e' or 'E' or 'f' or 'F' or 'g' or 'G' or '%' => FloatDigits(run, number.Float, Type),
            '\0' when !number.IsInteger => FloatDigits(run, number.Float, '\0'),
            '\0' or 'd' or 'n' or 'x' or 'X' or 'o' or 'b' when number.IsInteger => IntegerDigits(number.Integer),
            'c' when number is { IsInteger: true, Integer: > 0 and <= char.MaxValue } => ("", ((char)number.Integer).ToString()),
            _ => throw new TemplateException($"{value.Kind} can't be formatted as '{Type}'"),
        };
        return Pad(run, sign, Group(digits), '>');
    }

    private (string Sign, string Digits) IntegerDigits(long integer)
    {
        var magnitude = (UInt128)Int128.Abs(integer);
        var (prefix, digits) = Type switch
        {
            'x' => ("0x", magnitude.ToString("x", CultureInfo.InvariantCulture)),
            'X' => ("0X", magnitude.ToString("X", CultureInfo.InvariantCulture)),
            'o' => ("0o", Octal(magnitude)),
            'b' => ("0b", magnitude.ToString("b", CultureInfo.InvariantCulture)),
            _ => ("", magnitude.ToString(CultureInfo.InvariantCulture)),
        };
        return (SignOf(integer < 0) + (HasPrefix ? prefix : ""), digits.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0");
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

    private (string Sign, string Digits) FloatDigits(Rendering run, double value, char type)
    {
        run.Step(10 + Math.Max(Precision, 0));
        var precision = Precision < 0 ? 6 : Precision;
        var text = type switch
        {
            'f' or 'F' => FloatText.Fixed(value, precision),
            '%' => FloatText.Fixed(value * 100, precision) + "%",
            'e' or 'E' => FloatText.Exponential(value, precision, type),
            'g' or 'G' => FloatText.General(value, precision, type == 'g' ? 'e' : 'E'),
            _ => Precision < 0 ? FloatText.Shortest(value) : FloatText.General(value, precision, 'e', isPlain: true),
        };
        return (SignOf(text[0] == '-'), text.TrimStart('-'));
    }

    private string SignOf(bool isNegative) => isNegative ? "-" : Sign == '-' ? "" : Sign.ToString();

    private string Group(string digits)
    {
        if (Grouping == '\0')
        {
            return digits;
        }

        var size = Type is 'x' or 'X' or 'o' or 'b' ? 4 : 3;
        var end = digits.AsSpan().IndexOfAny('.', 'e', '%') is >= 0 and var point ? point : digits.Length;
        for (var place = end - size; place > 0; place -= size)
        {
            digits = digits.Insert(place, Grouping.ToString());
        }

        return digits;
    }

    private string Cut(Rendering run, string text)
    {
        var whole = new StringValue(text);
        return Precision >= 0 && Precision < whole.Length(run) ? text[..whole.UnitOf(run, Precision)] : text;
    }

    private string Pad(Rendering run, string sign, string text, char align)
    {
        align = Align == '\0' ? align : Align;
        run.Make((long)sign.Length + text.Length);
        return align switch
        {
            '=' => sign + StringMethods.Pad(run, new StringValue(text), Width - sign.Length, Fill, 1).Text,
            '<' => StringMethods.Pad(run, new StringValue(sign + text), Width, Fill, 0).Text,
            '>' => StringMethods.Pad(run, new StringValue(sign + text), Width, Fill, 1).Text,
            _ => Center(run, new StringValue(sign + text)),
        };
    }

    // Unlike str.center, the odd blank always follows.
    private string Center(Rendering run, StringValue text)
    {
        var blanks = Width - text.Length(run);
        if (blanks <= 0)
        {
            return text.Text;
        }

        var centered = new PromptText(run);
        centered.Append(Fill, blanks / 2);
        centered.Append(text.Text);
        centered.Append(Fill, blanks - (blanks / 2));
        return centered.ToString();
    }

    private static bool IsAlign(char character) => character is '<' or '>' or '^' or '=';

    private static TemplateException Invalid(string text) => new($"{Quoted.Name(text)} is no format of a field");
}
