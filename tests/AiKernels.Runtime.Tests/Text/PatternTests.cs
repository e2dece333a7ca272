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

    [Theory]
    [InlineData(@"\s+$", " a  \n b  ", "  |  ")] // the end of a line
    [InlineData(@"a(?=b)|b", "aab", "a|b")]
    [InlineData(@"[a-z&&[^aeiou]]+", "hello", "h|ll")]
    [InlineData(@"[\p{Han}]+", "a我想々b", "我想々")]
    [InlineData(@"\P{L}+|[^\p{^Lu}]", "aB12", "B|12")]
    [InlineData(@"a?+a|b", "aaab", "aa|b")] // what is taken is not given back
    [InlineData(@"\p{L}++s|\d", "as1", "1")]
    [InlineData(@"\w+?\d", "ab12", "ab1")]
    [InlineData(@"\w+", "m² ½Ⓐ ⅓", "m²|½Ⓐ")] // Latin-1's small numbers, and letters in circles
    [InlineData(@"[\w]+|[^\w\s]+", "m²!", "m|²!")] // but not within brackets
    [InlineData(@"[\u4E00-\u9FA5\x41]", "A一", "A|一")]
    [InlineData(@".\-", "a-\n-", "a-")]
    [InlineData(@"(?i:[a-c]+)k", "AbCk", "AbCk")]
    public void Patterns_find_what_oniguruma_would(string source, string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Matches(new(source), text)));

    [Theory]
    [InlineData(@"\s+$")]
    [InlineData(@"\s*$")]
    [InlineData(@"\s{3,}$")]
    [InlineData(@"\s?\s+$|\d")]
    public void A_search_that_fails_far_on_does_not_begin_again_at_each_character(string source)
    {
        var work = 0L;
        Assert.Equal(0, new Pattern(source).Find(Encoding.UTF8.GetBytes(new string(' ', 1_000_000) + "x"), 0, out _, ref work));
        Assert.InRange(work, 1, 1_000_100);
    }

    [Fact]
    public void A_pattern_that_reads_the_rest_of_a_text_for_each_match_is_stopped()
    {
        var refusal = Assert.Throws<InvalidDataException>(() => Matches(new(@"a(?:.*b)?"), new string('a', 100_000)));
        Assert.Contains("over and over", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(@"(?:(?:a{900}){900}){900}")]
    [InlineData(@"[ab]*a[ab]{20}")]
    public void Patterns_that_would_take_too_many_states_are_refused(string source) =>
        Assert.Throws<NotSupportedException>(() => new Pattern(source));

    public static TheoryData<string> SlowToRead =>
    [
        "((((((){1000}){1000}){1000}){1000}){1000})",
        $"(?i:{string.Join('|', Enumerable.Range(0, 60).Select(i => $"[\\u{0x4E00 + (5 * i):X4}-\\u{0x51DE + (5 * i):X4}]"))})",
        $"[{string.Concat(Enumerable.Range(0, 3000).Select(i => (char)(0x4E00 + (2 * i))))}]",
        $"[{string.Concat(Enumerable.Repeat(@"\p{L}", 10_000))}]",
    ];

    [Theory]
    [MemberData(nameof(SlowToRead))]
    public void Patterns_that_would_take_minutes_to_read_are_refused(string source) =>
        Assert.Throws<NotSupportedException>(() => new Pattern(source));

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
        var work = 0L;
        for (var end = 0; pattern.Find(rest, end, out var start, ref work) is > 0 and var length;)
        {
            matches.Add(Encoding.UTF8.GetString(rest.Slice(start, length)));
            end = start + length;
        }

        return matches;
    }
}
