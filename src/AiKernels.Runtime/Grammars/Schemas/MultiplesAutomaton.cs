using System.Numerics;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>
/// Takes numbers in decimal notation, leading zeros included, that are multiples of divisor / 10^places. A state is the
/// remainder of the digits so far, and how many digits behind the point there are: with fewer than the places the rest are zeros, with more they must be.
/// </summary>
internal sealed class MultiplesAutomaton(int divisor, int places) : IByteAutomaton
{
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

    public bool IsTrim => false;

    public bool Accepts(int state)
    {
        var (phase, remainder) = Split(state);
        return phase switch
        {
            (int)Phase.Start or (int)Phase.Sign or (int)Phase.Point => false,
            (int)Phase.Integer => IsMultiple(remainder, places),
            _ => IsMultiple(remainder, Math.Max(places - (phase - (int)Phase.Point), 0)),
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
        return phase - (int)Phase.Point < places ? Join(phase + 1, Append(remainder, value))
            : value != '0' ? -1
            : Join(Math.Max(phase, (int)Phase.Point + 1), remainder);
    }

    private int Append(int remainder, byte digit) => (int)(((remainder * 10L) + (digit - '0')) % divisor);

    private bool IsMultiple(int remainder, int missing) =>
        (new BigInteger(remainder) * BigInteger.Pow(10, missing) % divisor).IsZero;

    private (int Phase, int Remainder) Split(int state) => (state / divisor, state % divisor);

    private int Join(int phase, int remainder) => (phase * divisor) + remainder;
}
