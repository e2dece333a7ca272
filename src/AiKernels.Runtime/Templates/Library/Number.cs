using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>An integer or a float; a boolean counts as 1 or 0.</summary>
internal readonly struct Number
{
    /// <summary>The first float that is beyond the integers.</summary>
    public const double IntegerEnd = 9223372036854775808.0; // 2^63

    private const int LargestSmall = 1 << 30; // No text is as long.

    private Number(bool isInteger, long integer, double value)
    {
        IsInteger = isInteger;
        Integer = integer;
        Float = value;
    }

    public bool IsInteger { get; }

    /// <summary>Its value, if it is an integer.</summary>
    public long Integer { get; }

    /// <summary>Its value in double precision.</summary>
    public double Float { get; }

    public static bool TryOf(Value value, out Number number)
    {
        (var isNumber, number) = value switch
        {
            IntegerValue integer => (true, new Number(true, integer.Value, integer.Value)),
            FloatValue single => (true, new Number(false, 0, single.Value)),
            BooleanValue boolean => (true, new Number(true, boolean.IsTrue ? 1 : 0, boolean.IsTrue ? 1 : 0)),
            _ => (false, default),
        };
        return isNumber;
    }

    /// <summary>An integer that has to be one.</summary>
    /// <param name="value">The value.</param>
    /// <param name="what">What it is, for the message.</param>
    public static long IntegerOf(Value value, string what) => TryOf(value, out var number) && number.IsInteger
        ? number.Integer
        : throw new TemplateException($"{what} has to be an integer, not {Described.Of(value)}");

    /// <summary>An integer that has to be one, brought into a range whose sums and differences have 32 bits.</summary>
    public static int SmallOf(Value value, string what) => (int)Math.Clamp(IntegerOf(value, what), -LargestSmall, LargestSmall);

    /// <summary>-1, 0 or 1, exactly; null where one of them is not a number at all (NaN).</summary>
    public static int? Compare(Number a, Number b)
    {
        if (a.IsInteger && b.IsInteger)
        {
            return a.Integer.CompareTo(b.Integer);
        }

        if (double.IsNaN(a.Float) || double.IsNaN(b.Float))
        {
            return null;
        }

        return a.IsInteger ? Compare(a.Integer, b.Float) : b.IsInteger ? -Compare(b.Integer, a.Float) : a.Float.CompareTo(b.Float);
    }

    // A large integer is between two floats, so rounding it would make different numbers equal.
    private static int Compare(long a, double b)
    {
        if (Math.Abs(b) >= IntegerEnd)
        {
            return b > 0 || a == long.MinValue && b == -IntegerEnd ? (b > 0 ? -1 : 0) : 1;
        }

        var whole = Math.Floor(b);
        return a.CompareTo((long)whole) is not 0 and var order ? order : b > whole ? -1 : 0;
    }
}
