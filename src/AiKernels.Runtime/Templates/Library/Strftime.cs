using System.Globalization;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Times in the form of C's <c>strftime</c>, in English.</summary>
internal static class Strftime
{
    public static string Format(Rendering run, string format, DateTimeOffset time)
    {
        var text = new PromptText(run);
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                text.Append(format[at]);
                continue;
            }

            run.Step();
            var isBare = format[++at] == '-' && at + 1 < format.Length; // glibc's way to leave zeros out.
            var letter = isBare ? format[++at] : format[at];
            var field = Field(run, letter, time);
            text.Append(!isBare ? field : field.TrimStart('0', ' ') is { Length: > 0 } bare ? bare : "0");
        }

        return text.ToString();
    }

    private static string Field(Rendering run, char letter, DateTimeOffset time) => letter switch
    {
        'Y' => Of(time, "yyyy"),
        'y' => Of(time, "yy"),
        'm' => Of(time, "MM"),
        'B' => Of(time, "MMMM"),
        'b' or 'h' => Of(time, "MMM"),
        'd' => Of(time, "dd"),
        'e' => Padded(time.Day, 1).PadLeft(2),
        'A' => Of(time, "dddd"),
        'a' => Of(time, "ddd"),
        'H' => Of(time, "HH"),
        'I' => Of(time, "hh"),
        'M' => Of(time, "mm"),
        'S' => Of(time, "ss"),
        'f' => Of(time, "ffffff"),
        'p' => Of(time, "tt"),
        'j' => Padded(time.DayOfYear, 3),
        'w' => Padded((int)time.DayOfWeek, 1),
        'u' => Padded(time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek, 1),
        'U' => Padded((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7, 2),
        'W' => Padded((time.DayOfYear + 6 - (((int)time.DayOfWeek + 6) % 7)) / 7, 2),
        'V' => Padded(ISOWeek.GetWeekOfYear(time.DateTime), 2),
        'G' => Padded(ISOWeek.GetYear(time.DateTime), 4),
        'z' => Of(time, "zzz").Replace(":", "", StringComparison.Ordinal),
        'Z' => time.Offset == TimeSpan.Zero ? "UTC" : Of(time, "zzz"),
        's' => Padded(time.ToUnixTimeSeconds(), 1),
        'F' => Of(time, "yyyy-MM-dd"),
        'D' or 'x' => Of(time, "MM'/'dd'/'yy"),
        'T' or 'X' => Of(time, "HH':'mm':'ss"),
        'R' => Of(time, "HH':'mm"),
        'c' => Format(run, "%a %b %e %H:%M:%S %Y", time),
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => $"%{letter}",
    };

    private static string Of(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);

    private static string Padded(long number, int digits) => number.ToString($"D{digits}", CultureInfo.InvariantCulture);
}
