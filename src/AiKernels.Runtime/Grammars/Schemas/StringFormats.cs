using AiKernels.Runtime.Grammars.Characters;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Regex;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>The formats of strings that are kept to; others are taken as remarks, as JSON Schema leaves it to its readers.</summary>
/// <remarks>Sources: RFC 3339 (date, time, date-time, duration), RFC 2673 (ipv4), RFC 9562 (uuid).</remarks>
internal sealed class StringFormats(ExpressionStore store, ICharacterEncoding encoding, bool dotNetTimes)
{
    // A year divisible by 4 but not by 100, or by 400.
    private const string LeapYear = "(?:[0-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";

    private const string Date =
        "(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)" +
        "|02-(?:0[1-9]|1[0-9]|2[0-8]))|" + LeapYear + "-02-29)";

    private const string Offset = "(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])";

    private const string Fraction = @"(?:\.[0-9]{1,18})?";

    private const string TimeOfDay = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]";

    private const string OrdinaryTime = TimeOfDay + Fraction + Offset;

    // .NET counts ticks, of which a second has ten million.
    private const string DotNetTime = TimeOfDay + @"(?:\.[0-9]{1,7})?";

    private const string DotNetOffset = "(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))";

    private const string Duration =
        "P(?:[0-9]+W|(?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D)(?:" + TimeOfDuration + ")?|" + TimeOfDuration + ")";

    private const string TimeOfDuration = "T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S)";

    private const string Byte = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

    private readonly RegexCompiler _expressions = new(store, encoding);
    private readonly Dictionary<string, Expression> _known = [];

    /// <summary>The strings of a format; null if it is a remark.</summary>
    public Expression? Of(string format)
    {
        if (!_known.TryGetValue(format, out var known) && Write(format) is { } written)
        {
            _known[format] = known = written;
        }

        return known;
    }

    private Expression? Write(string format) => format switch
    {
        "date" => dotNetTimes ? DotNetDate : _expressions.Whole(Date),
        "time" => dotNetTimes ? _expressions.Whole(DotNetTime) : Time,
        "date-time" => dotNetTimes ? DotNetDateTime : store.Sequence(_expressions.Whole(Date + "[Tt]"), Time),
        "duration" => _expressions.Whole(Duration),
        "ipv4" => _expressions.Whole($@"{Byte}(?:\.{Byte}){{3}}"),
        "uuid" => _expressions.Whole("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
        _ => null,
    };

    private Expression DotNetDate => Without(_expressions.Whole(Date), "0000-.*");

    // Neither before the first of all days nor after the last one in Greenwich.
    private Expression DotNetDateTime => Without(
        store.Sequence(DotNetDate, _expressions.Whole("T" + DotNetTime + DotNetOffset)), @"0001-01-01.*\+(?!00:00).*", "9999-12-31.*-[0-9:]+");

    private Expression Time => store.Choice(_expressions.Whole(OrdinaryTime), LeapSeconds);

    /// <summary>A leap second is at 23:59:60 in Greenwich, whatever the clock shows elsewhere.</summary>
    private Expression LeapSeconds
    {
        get
        {
            const int hours = 24, minutes = 60, day = hours * minutes;
            Expression[] numbers = [.. Enumerable.Range(0, minutes).Select(number => _expressions.Whole($"{number:00}"))];
            var (colon, second) = (_expressions.Whole(":"), _expressions.Whole(":60" + Fraction));
            var (ahead, behind, greenwich) = (_expressions.Whole(@"\+"), _expressions.Whole("-"), _expressions.Whole("[Zz]"));

            // By the hour and then by the minute, so that few alternatives are open at a time.
            return store.Choice([.. Enumerable.Range(0, hours).Select(hour => store.Sequence(
                numbers[hour], colon, store.Choice([.. Enumerable.Range(0, minutes).Select(minute => Minute(hour, minute))])))]);

            Expression Minute(int hour, int minute)
            {
                var early = ((hour * minutes) + minute + 1) % day; // Since 23:59.
                var offsets = store.Choice(
                    store.Sequence(ahead, Clock(early)),
                    store.Sequence(behind, Clock((day - early) % day)),
                    early == 0 ? greenwich : store.Nothing);
                return store.Sequence(numbers[minute], second, offsets);
            }

            Expression Clock(int time) => store.Sequence(numbers[time / minutes], colon, numbers[time % minutes]);
        }
    }

    private Expression Without(Expression texts, params string[] others) =>
        store.Both([texts, .. others.Select(other => store.Not(_expressions.Whole(other)))]);
}
