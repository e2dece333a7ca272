using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Characters;

/// <summary>Numbers between bounds as expressions: so many digits of a base, the highest first.</summary>
/// <param name="store">Makes the expressions.</param>
/// <param name="radix">The base.</param>
/// <param name="digits">How the digits from one to another are written at a place; the last place is 0.</param>
internal sealed class DigitRanges(ExpressionStore store, int radix, Func<int, int, int, ByteSet> digits)
{
    /// <summary>The numbers from one to another, both included, with leading zeros.</summary>
    public Expression Between(long first, long last, int length)
    {
        if (first > last || length == 0)
        {
            return first > last ? store.Nothing : store.Empty;
        }

        var place = length - 1;
        var unit = Power(place);
        var (low, high) = (first / unit, last / unit);
        if (low == high)
        {
            return store.Sequence(Digit(place, low, high), Between(first % unit, last % unit, place));
        }

        // The lowest and the highest digit where not all may follow them, and those between.
        List<Expression> parts = [];
        if (first % unit != 0)
        {
            parts.Add(store.Sequence(Digit(place, low, low), Between(first % unit, unit - 1, place)));
            low++;
        }

        if (last % unit != unit - 1)
        {
            parts.Add(store.Sequence(Digit(place, high, high), Between(0, last % unit, place)));
            high--;
        }

        parts.Add(low > high ? store.Nothing : store.Sequence(Digit(place, low, high), Between(0, unit - 1, place)));
        return store.Choice([.. parts]);
    }

    private Expression Digit(int place, long low, long high) => store.Bytes(digits(place, (int)low, (int)high));

    private long Power(int exponent)
    {
        var power = 1L;
        for (var i = 0; i < exponent; i++)
        {
            power *= radix;
        }

        return power;
    }
}
