using System.Globalization;
using System.Numerics;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>
/// Takes the numbers between two bounds, in decimal notation, that are multiples of another. A state is what was read so far, or
/// where no bound can be reached any more, its remainder: by arithmetic it is certain that each leads to such a number, however
/// far apart they are.
/// </summary>
internal sealed class BoundedMultiples : IByteAutomaton
{
    private readonly int _mostDigits, _places;
    private readonly bool _hasPoint;
    private readonly BigInteger _divisor;
    private readonly BigInteger? _least, _most;
    private readonly List<string> _texts = [""];
    private readonly Dictionary<string, int> _states = [];

    /// <param name="divisor">What they are multiples of.</param>
    /// <param name="least">The lower bound; null for none.</param>
    /// <param name="most">The upper bound; null for none.</param>
    /// <param name="mostDigits">How many digits stand before the point at most, and behind it.</param>
    /// <param name="hasPoint">Whether there may be a point.</param>
    public BoundedMultiples(DecimalText divisor, DecimalBound? least, DecimalBound? most, int mostDigits, bool hasPoint)
    {
        _hasPoint = hasPoint;
        DecimalText?[] numbers = [divisor, least?.Value, most?.Value];
        _mostDigits = mostDigits;
        _places = numbers.Max(number => number?.Fraction.Length ?? 0);
        _divisor = divisor.InUnits(_places);
        _least = least is { } low ? low.Value.InUnits(_places) + (low.IsIncluded ? 0 : 1) : null;
        _most = most is { } high ? high.Value.InUnits(_places) - (high.IsIncluded ? 0 : 1) : null;
    }

    /// <summary>The state before a number.</summary>
    public static int Start => 0;

    public bool Accepts(int state)
    {
        var text = _texts[state];
        var prefix = new Prefix(text, _places, _mostDigits);
        return text.Length > 0 && text[^1] is not ('-' or '.') && Holds(prefix.First, prefix.First, prefix.IsNegative);
    }

    public int Next(int state, byte value)
    {
        var text = _texts[state];
        var point = text.IndexOf('.');
        var digits = text.AsSpan(text.StartsWith('-') ? 1 : 0);
        var fits = (char)value switch
        {
            '-' => text.Length == 0,
            '.' => _hasPoint && point < 0 && digits.Length > 0,
            '0' when point >= 0 => text.Length - point <= _mostDigits,
            >= '0' and <= '9' => point >= 0 ? text.Length - point <= _places : digits is not "0" && digits.Length < _mostDigits,
            _ => false,
        };
        return fits ? Find(text + (char)value) : -1;
    }

    private int Find(string text)
    {
        var prefix = new Prefix(text, _places, _mostDigits);
        var (isAlive, isFree) = (false, true);
        foreach (var (first, last) in prefix.Spans())
        {
            isAlive |= Holds(first, last, prefix.IsNegative);
            isFree &= IsWithin(first, last, prefix.IsNegative);
        }

        if (!isAlive)
        {
            return -1;
        }

        var key = isFree ? $"{(prefix.IsNegative ? '-' : '+')}{prefix.Places}:{prefix.First % _divisor}" : text;
        if (!_states.TryGetValue(key, out var state))
        {
            _states[key] = state = _texts.Count;
            _texts.Add(text);
        }

        return state;
    }

    private bool IsWithin(BigInteger first, BigInteger last, bool isNegative)
    {
        var (low, high) = isNegative ? (-last, -first) : (first, last);
        return !(low < _least) && !(high > _most) && !(isNegative && first.IsZero);
    }

    /// <summary>Whether a multiple within the bounds is between two magnitudes; there is no -0.</summary>
    private bool Holds(BigInteger first, BigInteger last, bool isNegative)
    {
        var (low, high) = isNegative ? (-last, BigInteger.Min(-first, -1)) : (first, last);
        low = _least is { } least ? BigInteger.Max(low, least) : low;
        high = _most is { } most ? BigInteger.Min(high, most) : high;
        return low <= high && Floor(high) >= low;
    }

    /// <summary>The largest multiple that is no more than a number.</summary>
    private BigInteger Floor(BigInteger number)
    {
        var remainder = number % _divisor;
        return number - (remainder < 0 ? remainder + _divisor : remainder);
    }

    /// <summary>The beginning of a number, in units of the last place; digits behind all places are zeros.</summary>
    private readonly struct Prefix
    {
        private readonly int _places, _mostDigits;

        public Prefix(string text, int places, int mostDigits)
        {
            (_places, _mostDigits) = (places, mostDigits);
            IsNegative = text.StartsWith('-');
            var parts = text.TrimStart('-').Split('.');
            Integer = parts[0];
            Fraction = parts.Length > 1 ? parts[1] : null;
            First = BigInteger.Parse($"0{Integer}{(Fraction ?? "").PadRight(places, '0')[..places]}", CultureInfo.InvariantCulture);
        }

        public bool IsNegative { get; }

        public string Integer { get; }

        /// <summary>The digits behind the point; null before it.</summary>
        public string? Fraction { get; }

        /// <summary>Tells beginnings apart that have room for other digits.</summary>
        public string Places => Fraction is not null ? $".{Fraction.Length}" : Integer == "0" ? "0" : $"{Integer.Length}";

        /// <summary>What it is worth as it is.</summary>
        public BigInteger First { get; }

        /// <summary>What it can become: the first and the last of the magnitudes of each number of digits before the point.</summary>
        public IEnumerable<(BigInteger First, BigInteger Last)> Spans()
        {
            var (first, width) = (First, BigInteger.Pow(10, Math.Max(_places - (Fraction?.Length ?? 0), 0)));
            var more = Fraction is not null || Integer == "0" ? 0 : _mostDigits - Integer.Length;
            for (var digits = 0; digits <= more; digits++, first *= 10, width *= 10)
            {
                yield return (first, first + width - 1);
            }
        }
    }
}

/// <summary>A bound of numbers.</summary>
/// <param name="Value">The number.</param>
/// <param name="IsIncluded">Whether it is within.</param>
internal sealed record DecimalBound(DecimalText Value, bool IsIncluded);
