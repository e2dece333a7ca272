using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>Numbers in decimal notation that compare to another in a certain way; without exponents, and without -0.</summary>
internal sealed class DecimalRanges(ExpressionStore store)
{
    private static readonly ByteSet Digits = ByteSet.Range((byte)'0', (byte)'9');
    private static readonly ByteSet Positive = ByteSet.Range((byte)'1', (byte)'9');

    private Expression AnyDigits => store.Repeat(store.Bytes(Digits), 0, null);

    private Expression Fraction => store.Sequence(store.Literal("."u8), store.Repeat(store.Bytes(Digits), 1, null));

    private Expression Zeros => store.Repeat(store.Literal("0"u8), 0, null);

    private Expression Wholes => store.Choice(store.Literal("0"u8), store.Sequence(store.Bytes(Positive), AnyDigits));

    /// <summary>All without a sign.</summary>
    private Expression Magnitudes => store.Sequence(Wholes, store.Optional(Fraction));

    private static DecimalText Zero { get; } = new(false, "0", "");

    /// <summary>All; short ones have no zeros at the end of a fraction, and no fraction that is zero.</summary>
    public Expression Any(bool isShort)
    {
        var digits = store.Bytes(Digits);
        var shortFraction = store.Sequence(store.Literal("."u8), store.Repeat(digits, 0, null), store.Bytes(Positive));
        var magnitudes = isShort ? store.Sequence(Wholes, store.Optional(shortFraction)) : Magnitudes;
        return store.Choice(magnitudes, Negative(magnitudes));
    }

    /// <summary>Numbers equal to another.</summary>
    public Expression Equal(DecimalText value) =>
        store.Sequence(value.IsNegative ? store.Literal("-"u8) : store.Empty, SameMagnitude(value));

    /// <summary>Numbers above another, or equal to it where that is included.</summary>
    public Expression Above(DecimalText value, bool isIncluded)
    {
        var included = isIncluded ? Equal(value) : store.Nothing;
        var above = value.IsNegative
            ? store.Choice(Magnitudes, Negative(LessMagnitude(value)))
            : MoreMagnitude(value);
        return store.Choice(above, included);
    }

    /// <summary>Numbers below another, or equal to it where that is included.</summary>
    public Expression Below(DecimalText value, bool isIncluded)
    {
        var included = isIncluded ? Equal(value) : store.Nothing;
        var below = value.IsNegative
            ? Negative(MoreMagnitude(value))
            : store.Choice(LessMagnitude(value), Negative(Magnitudes));
        return store.Choice(below, included);
    }

    private Expression Negative(Expression magnitude) =>
        store.Sequence(store.Literal("-"u8), store.Both(magnitude, store.Not(SameMagnitude(Zero))));

    private Expression SameMagnitude(DecimalText value) => store.Sequence(
        Text(value.Integer),
        value.Fraction.Length == 0
            ? store.Optional(store.Sequence(store.Literal(".0"u8), Zeros))
            : store.Sequence(store.Literal("."u8), Text(value.Fraction), Zeros));

    private Expression LessMagnitude(DecimalText value)
    {
        var (length, digits) = (value.Integer.Length, store.Bytes(Digits));
        var fraction = store.Optional(Fraction);
        List<Expression> less =
        [
            length == 1 ? store.Nothing : store.Sequence(store.Literal("0"u8), fraction),
            store.Sequence(store.Bytes(Positive), store.Repeat(digits, 0, length - 2), fraction),
            .. Smaller(value.Integer, first: length == 1 ? '0' : '1').Select(prefix =>
                store.Sequence(prefix.Text, store.Repeat(digits, prefix.Left, prefix.Left), fraction)),
        ];

        // Of those with the same whole part, the ones with a smaller fraction: a beginning of it that ends short of a digit that isn't 0.
        var point = store.Sequence(Text(value.Integer), store.Literal("."u8));
        less.AddRange(Smaller(value.Fraction, first: '0').Select(prefix => store.Sequence(point, prefix.Text, AnyDigits)));
        for (var i = 1; i < value.Fraction.Length; i++)
        {
            less.Add(store.Sequence(point, Text(value.Fraction[..i])));
        }

        less.Add(value.Fraction.Length > 0 ? Text(value.Integer) : store.Nothing);
        return store.Choice([.. less]);
    }

    private Expression MoreMagnitude(DecimalText value)
    {
        var length = value.Integer.Length;
        List<Expression> more =
        [
            store.Sequence(store.Bytes(Positive), store.Repeat(store.Bytes(Digits), length, null), store.Optional(Fraction)),
            .. Larger(value.Integer).Select(prefix =>
                store.Sequence(prefix.Text, store.Repeat(store.Bytes(Digits), prefix.Left, prefix.Left), store.Optional(Fraction))),
        ];
        var point = store.Sequence(Text(value.Integer), store.Literal("."u8));
        more.AddRange(Larger(value.Fraction).Select(prefix => store.Sequence(point, prefix.Text, AnyDigits)));
        more.Add(store.Sequence(point, Text(value.Fraction), Zeros, store.Bytes(Positive), AnyDigits));
        return store.Choice([.. more]);
    }

    /// <summary>Beginnings of larger numbers of as many digits: equal up to a digit that is larger; and how many are left.</summary>
    private IEnumerable<(Expression Text, int Left)> Larger(string digits)
    {
        for (var i = 0; i < digits.Length; i++)
        {
            if (digits[i] < '9')
            {
                var larger = store.Bytes(ByteSet.Range((byte)(digits[i] + 1), (byte)'9'));
                yield return (store.Sequence(Text(digits[..i]), larger), digits.Length - i - 1);
            }
        }
    }

    /// <summary>Beginnings of smaller numbers of as many digits: equal up to a digit that is smaller; and how many are left.</summary>
    private IEnumerable<(Expression Text, int Left)> Smaller(string digits, char first)
    {
        for (var i = 0; i < digits.Length; i++)
        {
            var least = i == 0 ? first : '0';
            if (digits[i] > least)
            {
                var smaller = store.Bytes(ByteSet.Range((byte)least, (byte)(digits[i] - 1)));
                yield return (store.Sequence(Text(digits[..i]), smaller), digits.Length - i - 1);
            }
        }
    }

    private Expression Text(string digits) => store.Literal(System.Text.Encoding.ASCII.GetBytes(digits));
}
