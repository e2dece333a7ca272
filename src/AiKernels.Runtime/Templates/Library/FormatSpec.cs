using System.Globalization;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>How a value is written in a field: <c>[[fill]align][sign][#][0][width][,][.precision][type]</c>.</summary>
internal sealed record FormatSpec
{
    public char Fill { get; init; } = ' ';

    /// <summary>One of &lt; &gt; ^ =; '\0' where it is the value's own.</summary>
    public char Align { get; init; }

    /// <summary>Whether numbers without another alignment are filled up with zeros behind their sign.</summary>
    public bool HasZero { get; init; }

    /// <summary>One of + - and a space: what stands before numbers that aren't negative.</summary>
    public char Sign { get; init; } = '-';

    public bool HasPrefix { get; init; }

    public int Width { get; init; }

    /// <summary>What stands between groups of three digits; '\0' for nothing.</summary>
    public char Grouping { get; init; }

    /// <summary>-1 where there is none.</summary>
    public int Precision { get; init; } = -1;

    /// <summary>How many digits an integer has at least, which only % can say.</summary>
    public int LeastDigits { get; init; }

    /// <summary>The kind of number or text; '\0' where it is the value's own.</summary>
    public char Type { get; init; }

    public static FormatSpec Parse(Rendering run, string text)
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
            spec = spec with { Fill = spec.Fill == ' ' ? '0' : spec.Fill, HasZero = true };
        }

        spec = spec with { Width = Digits(run, text, ref at) ?? 0 };
        spec = Peek() is ',' or '_' ? spec with { Grouping = text[at++] } : spec;
        if (Peek() == '.')
        {
            at++;
            spec = spec with { Precision = Digits(run, text, ref at) ?? throw Invalid(text) };
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
    public static int? Digits(Rendering run, string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        run.Read(at - start);
        return at == start ? null
            : int.TryParse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new TemplateException("a width or a precision in a format is too large");
    }

    private static bool IsAlign(char character) => character is '<' or '>' or '^' or '=';

    private static TemplateException Invalid(string text) => new($"{Quoted.Name(text)} is no format of a field");
}
