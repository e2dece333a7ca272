using System.Text;
using System.Text.RegularExpressions;
using AiKernels.Runtime.Text.Patterns;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

public sealed class PatternTests
{
    // Each uses something the others don't: counted repeats, overlapping classes, ranges with gaps between matches.
    [Theory]
    [InlineData(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    [InlineData(@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [InlineData(@"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}")]
    [InlineData(@"[!-/:-~]+(?:[a-z]{2,}|[\]\-])?|(?:ab|a)(?:b!)*|\S[s0]")]
    public void Patterns_split_as_dotnet_regular_expressions_do_within_the_basic_plane(string source)
    {
        var pattern = new Pattern(source);
        var expression = new Regex(source, RegexOptions.CultureInvariant);
        Prop.ForAll(TextGenerators.WellFormed.Select(BasicPlane).ToArbitrary(), text =>
            Assert.Equal(expression.Matches(text).Select(match => match.Value), Matches(pattern, text)))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Characters_outside_the_basic_plane_count_as_what_they_are()
    {
        Assert.Equal(["𝐀𝐛", " 𐒠", "🦙🦙"], Matches(new(@" ?\p{L}+| ?\p{N}| ?[^\s\p{L}\p{N}]+"), "𝐀𝐛 𐒠🦙🦙"));
    }

    [Fact]
    public void Ignoring_case_follows_unicode_to_the_long_s() =>
        Assert.Equal(["'s", "'S", "'ſ"], Matches(new("(?i:'s)"), "'s'S'ſ"));

    [Theory]
    [InlineData(@"a|b)")]
    [InlineData(@"(a")]
    [InlineData(@"[a")]
    [InlineData(@"a{3,2}")]
    [InlineData(@"a{9999}")]
    [InlineData(@"a{2}?")]
    [InlineData(@"a{2}+")]
    [InlineData(@"(?:ab)++")]
    [InlineData(@"a\b")]
    [InlineData(@"\p{Klingon}")]
    [InlineData(@"\p{L")]
    [InlineData(@"(?<=a)b")]
    [InlineData(@"(?!ab)")]
    [InlineData(@"^a")]
    [InlineData(@"\")]
    public void What_a_pattern_cannot_say_is_refused(string source) =>
        Assert.Throws<NotSupportedException>(() => new Pattern(source));

    // .NET does not fold the long s.
    private static string BasicPlane(string text) =>
        string.Concat(text.EnumerateRunes().Where(rune => rune.IsBmp && rune.Value != 'ſ').Select(rune => rune.ToString()));

    private static List<string> Matches(Pattern pattern, string text)
    {
        List<string> matches = [];
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(text);
        while (!rest.IsEmpty)
        {
            var length = pattern.Match(rest);
            if (length != 0)
            {
                matches.Add(Encoding.UTF8.GetString(rest[..length]));
            }

            Rune.DecodeFromUtf8(rest, out _, out var character);
            rest = rest[Math.Max(length, character)..];
        }

        return matches;
    }
}
