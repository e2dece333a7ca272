using System.Numerics;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>
/// Takes numbers in decimal notation that are multiples of divisor / 10^places. A state is the remainder of the digits so
/// far, and how many digits behind the point there are: with fewer than the places the rest are zeros, with more they must be.
/// </summary>
internal sealed class MultiplesAutomaton : IByteAutomaton
{
    private readonly int _divisor, _places;

    private MultiplesAutomaton(int divisor, int places) => (_divisor, _places) = (divisor, places);

    // Phases: before anything, after the sign, before the point, and behind it by the number of digits.
    private enum Phase
    {
        Start,
        Sign,
        Integer,
        Point,
    }

    /// <summary>The state before a number.</summary>
    public static int Start => 0;

    /// <summary>The automaton for a number; null if it has too many digits.</summary>
    public static MultiplesAutomaton? Of(DecimalText value)
    {
        var states = value.Digits * ((int)Phase.Point + Math.Max(value.Fraction.Length, 1) + 1);
        return value.IsZero || states > int.MaxValue ? null : new((int)value.Digits, value.Fraction.Length);
    }

    public bool Accepts(int state)
    {
        var (phase, remainder) = Split(state);
        return phase switch
        {
            (int)Phase.Start or (int)Phase.Sign or (int)Phase.Point => false,
            (int)Phase.Integer => IsMultiple(remainder, _places),
            _ => IsMultiple(remainder, Math.Max(_places - (phase - (int)Phase.Point), 0)),
        };
    }

    public int Next(int state, byte value)
    {
        var (phase, remainder) = Split(state);
        if (value is < (byte)'0' or > (byte)'9')
        {
            return (value, (Phase)phase) switch
            {
                ((byte)'-', Phase.Start) => Join((int)Phase.Sign, 0),
                ((byte)'.', Phase.Integer) => Join((int)Phase.Point, remainder),
                _ => -1,
            };
        }

        if (phase < (int)Phase.Point)
        {
            return Join((int)Phase.Integer, Append(remainder, value));
        }

        // Behind all places only zeros are left, and they change nothing.
        return phase - (int)Phase.Point < _places ? Join(phase + 1, Append(remainder, value))
            : value != '0' ? -1
            : Join(Math.Max(phase, (int)Phase.Point + 1), remainder);
    }

    private int Append(int remainder, byte digit) => (int)(((remainder * 10L) + (digit - '0')) % _divisor);

    private bool IsMultiple(int remainder, int missing) =>
        (new BigInteger(remainder) * BigInteger.Pow(10, missing) % _divisor).IsZero;

    private (int Phase, int Remainder) Split(int state) => (state / _divisor, state % _divisor);

    private int Join(int phase, int remainder) => (phase * _divisor) + remainder;
}
