using System.Text;
using AiKernels.Runtime.Text;
using AiKernels.Runtime.Text.Patterns;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

public sealed class SplitTests
{
    /// <summary>The examples of Hugging Face's documentation.</summary>
    [Theory]
    [InlineData(SplitBehavior.Removed, "the|final|countdown")]
    [InlineData(SplitBehavior.Isolated, "the|-|final|-|-|countdown")]
    [InlineData(SplitBehavior.MergedWithPrevious, "the-|final-|-|countdown")]
    [InlineData(SplitBehavior.MergedWithNext, "the|-final|-|-countdown")]
    [InlineData(SplitBehavior.Contiguous, "the|-|final|--|countdown")]
    internal void A_match_goes_where_the_behavior_says(SplitBehavior behavior, string expected) =>
        Assert.Equal(expected, Pieces(new PatternSplit(new Pattern("-"), behavior), "the-final--countdown"));

    [Theory]
    [InlineData("-a-", SplitBehavior.MergedWithPrevious, "-|a-")]
    [InlineData("-a-", SplitBehavior.MergedWithNext, "-a|-")]
    [InlineData("--", SplitBehavior.Removed, "")]
    internal void Ends_are_pieces_like_any_other(string text, SplitBehavior behavior, string expected) =>
        Assert.Equal(expected, Pieces(new PatternSplit(new Pattern("-"), behavior), text));

    [Fact]
    public void Inverted_what_lies_between_matches_is_matched() =>
        Assert.Equal("Hey|friend|!", Pieces(WordSplits.Words, "Hey friend!"));

    [Fact]
    public void Words_have_joiners_and_no_small_numbers() =>
        Assert.Equal("m|²!|½|Ⓐ\u200Da", Pieces(WordSplits.Words, "m²! ½Ⓐ\u200Da"));

    [Theory]
    [InlineData("a1234567b", false, "a|1|234|567|b")]
    [InlineData("123 12", false, "123| |12")]
    [InlineData("a1234567b 1234", true, "a1234567b |1|234")]
    [InlineData("1234_", true, "1234_")]
    [InlineData("१२३४", false, "१|२३४")]
    public void Digits_are_grouped_from_their_end(string text, bool endsAtWords, string expected) =>
        Assert.Equal(expected, Pieces(new DigitGroups(3, endsAtWords), text));

    [Theory]
    [InlineData(SpacePrefix.Always, "a b", "▁a▁b")]
    [InlineData(SpacePrefix.First, " a", "▁a")]
    [InlineData(SpacePrefix.Never, "a b", "a▁b")]
    internal void Spaces_are_marked_and_one_put_before_where_asked(SpacePrefix prefix, string text, string expected) =>
        Assert.Equal(expected, Pieces(new Metaspace("▁", prefix), text));

    [Fact]
    public void A_space_is_put_before_the_first_piece_alone()
    {
        var next = new Recorder();
        var rule = new PatternSplit(new Pattern("b")).Before(new Metaspace("▁", SpacePrefix.First).Before(next));
        rule.Take("abc"u8, isStart: true, new EncodingRun());
        Assert.Equal("▁a|b|c", string.Join('|', next.Pieces));
    }

    private static string Pieces(SplitRule rule, string text)
    {
        var next = new Recorder();
        rule.Before(next).Take(Encoding.UTF8.GetBytes(text), isStart: true, new EncodingRun());
        return string.Join('|', next.Pieces);
    }

    private sealed class Recorder : Stage
    {
        public List<string> Pieces { get; } = [];

        public override void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run) => Pieces.Add(Encoding.UTF8.GetString(text));
    }
}
