using System.Globalization;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Filters of numbers.</summary>
internal static class NumberFilters
{
    public static Builtin[] All { get; } =
    [
        new("abs", (_, value, _) => Absolute(value)),
        new("int", (run, value, arguments) =>
            ToInteger(run, value, arguments.Integer(1, "a base", 10)) ?? arguments[0] ?? IntegerValue.Of(0L), "default?", "base?"),
        new("float", (run, value, arguments) =>
            ToFloat(run, value) is { } number ? new FloatValue(number) : arguments[0] ?? new FloatValue(0), "default?"),
        new("round", Round, "precision?", "method?"),
        new("filesizeformat", (run, value, arguments) => new StringValue(FileSize(run, value, arguments.Flag(0))), "binary?"),
    ];

    /// <summary>A float without what follows the point.</summary>
    public static IntegerValue Truncate(double value) => Math.Abs(value) < Number.IntegerEnd
        ? IntegerValue.Of((long)value)
        : throw new TemplateException("a float is too large for an integer of 64 bits");

    private static Value Absolute(Value value) =>
        !Number.TryOf(value, out var number) ? throw Described.Refusal(value, "has no absolute value")
        : number.IsInteger ? IntegerValue.Of(Int128.Abs(number.Integer))
        : new FloatValue(Math.Abs(number.Float));

    private static IntegerValue? ToInteger(Rendering run, Value value, int radix)
    {
        switch (value)
        {
            case UndefinedValue:
                throw Described.Refusal(value, "can't be made an integer");
            case StringValue text:
                run.Read(text.Text.Length);
                return IntegerText.Parse(text.Text, radix)
                    ?? (ToFloat(run, value) is { } number && double.IsFinite(number) ? Truncate(number) : null);
            default:
                return !Number.TryOf(value, out var own) ? null
                    : own.IsInteger ? IntegerValue.Of(own.Integer)
                    : double.IsFinite(own.Float) ? Truncate(own.Float)
                    : null;
        }
    }

    private static double? ToFloat(Rendering run, Value value)
    {
        switch (value)
        {
            case UndefinedValue:
                throw Described.Refusal(value, "can't be made a float");
            case StringValue { Text: var text }:
                run.Read(text.Length);
                return FloatOf(Characters.Trim(text));
            default:
                return Number.TryOf(value, out var number) ? number.Float : null;
        }
    }

    private static double? FloatOf(string text)
    {
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return Characters.Lower(text.TrimStart('+', '-')) switch
        {
            "inf" or "infinity" => text.StartsWith('-') ? double.NegativeInfinity : double.PositiveInfinity,
            "nan" => double.NaN,
            _ => double.TryParse(IntegerText.WithoutUnderscores(text), style, CultureInfo.InvariantCulture, out var number) ? number : null,
        };
    }

    private static Value Round(Rendering run, Value value, Value?[] arguments)
    {
        if (!Number.TryOf(value, out var number))
        {
            throw Described.Refusal(value, "can't be rounded");
        }

        run.Step(10);
        var precision = Math.Clamp(arguments.Integer(0, "a precision", 0), -400, 400);
        switch (arguments.OptionalText(1, "a method") ?? "common")
        {
            case "common":
                return number.IsInteger && precision >= 0 ? IntegerValue.Of(number.Integer)
                    : number.IsInteger ? Truncate(FloatText.Round(number.Float, precision))
                    : new FloatValue(FloatText.Round(number.Float, precision));
            case "ceil":
                return new FloatValue(Math.Ceiling(number.Float * Math.Pow(10, precision)) / Math.Pow(10, precision));
            case "floor":
                return new FloatValue(Math.Floor(number.Float * Math.Pow(10, precision)) / Math.Pow(10, precision));
            default:
                throw new TemplateException("'round' knows the methods 'common', 'ceil' and 'floor'");
        }
    }

    private static string FileSize(Rendering run, Value value, bool isBinary)
    {
        var bytes = ToFloat(run, value) ?? throw Described.Refusal(value, "is no size");
        var radix = isBinary ? 1024.0 : 1000.0;
        if (bytes < radix)
        {
            return bytes == 1 ? "1 Byte" : string.Create(CultureInfo.InvariantCulture, $"{Math.Truncate(bytes)} Bytes");
        }

        const string prefixes = "kMGTPEZY";
        var unit = 0;
        for (bytes /= radix; bytes >= radix && unit + 1 < prefixes.Length; bytes /= radix)
        {
            unit++;
        }

        var prefix = isBinary ? $"{char.ToUpperInvariant(prefixes[unit])}i" : $"{prefixes[unit]}";
        return $"{FloatText.Fixed(bytes, 1)} {prefix}B";
    }
}
