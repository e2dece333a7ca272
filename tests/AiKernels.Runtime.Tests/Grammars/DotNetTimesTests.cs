using System.Text.Json;
using AiKernels.Runtime.Grammars;
using Xunit;

namespace AiKernels.Runtime.Tests.Grammars;

/// <summary>With <see cref="JsonSchemaOptions.DotNetTimes"/> whatever is taken is read, and whatever .NET writes is taken.</summary>
public class DotNetTimesTests
{
    private const int Texts = 4000;

    private static readonly string[] Years = ["0000", "0001", "1999", "2024", "9999"], Days = ["01-01", "02-28", "02-29", "02-30", "12-31", "13-01"];

    private static readonly string[] Hours = ["00:00", "12:30", "23:59", "24:00"], Seconds = [":00", ":59", ":60", ":59.5", ":00.1234567", ":00.12345678", ""];

    private static readonly string[] Offsets = ["Z", "z", "+00:00", "-00:30", "+14:00", "-14:00", "+14:30", "+23:59", ""];

    private readonly Random _random = new(1);

    [Fact]
    public void Dates() => Compare("date", () => $"{Any(Years)}-{Any(Days)}", ticks => DateOnly.FromDateTime(new DateTime(ticks)));

    [Fact]
    public void Times() => Compare("time", () => $"{Any(Hours)}{Any(Seconds)}{Any([.. Offsets, "", "", ""])}", ticks => TimeOnly.FromDateTime(new DateTime(ticks)));

    [Fact]
    public void Dates_with_times() => Compare(
        "date-time",
        () => $"{Any(Years)}-{Any(Days)}{Any(["T", "T", "T", "t", " "])}{Any(Hours)}{Any(Seconds)}{Any(Offsets)}",
        ticks => new DateTimeOffset(ticks, TimeSpan.FromMinutes(_random.Next(-14 * 60, (14 * 60) + 1))));

    [Fact]
    public void The_first_and_the_last_time_are_taken_as_they_are_written()
    {
        var grammar = Grammar.FromJsonSchema("""{"type":"string","format":"date-time"}""", new JsonSchemaOptions { DotNetTimes = true });
        Assert.True(GrammarMatcher.IsMatch(grammar, JsonSerializer.Serialize(DateTimeOffset.MinValue)));
        Assert.True(GrammarMatcher.IsMatch(grammar, JsonSerializer.Serialize(DateTimeOffset.MaxValue)));
        Assert.False(GrammarMatcher.IsMatch(grammar, "\"0001-01-01T00:00:00+00:01\""));
    }

    [Fact]
    public void Times_are_read_as_they_are_without_it() =>
        Assert.False(GrammarMatcher.IsMatch(Grammar.FromJsonSchema("""{"type":"string","format":"time"}"""), "\"12:00:00\""));

    private void Compare<T>(string format, Func<string> sketch, Func<long, T> value)
    {
        var grammar = Grammar.FromJsonSchema($$"""{"type":"string","format":"{{format}}"}""", new JsonSchemaOptions { DotNetTimes = true });
        var taken = 0;
        for (var i = 0; i < Texts; i++)
        {
            var text = $"\"{sketch()}\"";
            if (GrammarMatcher.IsMatch(grammar, text))
            {
                taken++;
                JsonSerializer.Deserialize<T>(text); // Throws where it can't be read.
            }

            var written = JsonSerializer.Serialize(value(_random.NextInt64(TimeSpan.TicksPerDay, DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay)));
            Assert.True(GrammarMatcher.IsMatch(grammar, written), written);
        }

        Assert.InRange(taken, Texts / 100, Texts);
    }

    private string Any(string[] parts) => parts[_random.Next(parts.Length)];
}
