using AiKernels.Runtime.Engine.Speculation;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

public class TokenLookupTests
{
    [Theory]
    [InlineData(new[] { 1, 2, 3, 4, 5, 9, 1, 2, 3 }, new[] { 4, 5, 9, 1 }, 3)]
    [InlineData(new[] { 8, 1, 2, 3, 4, 8, 1, 2, 3, 6, 8, 1, 2, 3 }, new[] { 6, 8, 1, 2 }, 4)] // The last place.
    [InlineData(new[] { 7, 7, 7, 7 }, new[] { 7, 7, 7, 7 }, 3)]
    public void It_goes_on_as_the_last_time(int[] text, int[] expected, int common)
    {
        var guess = new int[4];
        Assert.Equal((4, common), new TokenLookup().Guess(text, guess));
        Assert.Equal(expected, guess);
    }

    [Theory]
    [InlineData(new[] { 1, 2, 3 })]
    [InlineData(new[] { 1, 2, 3, 4, 2, 3 })]
    [InlineData(new[] { 1, 2, 3, 0, 4, 2, 3 })]
    public void Without_three_equal_tokens_there_is_no_guess(int[] text) =>
        Assert.Equal((0, 0), new TokenLookup().Guess(text, new int[4]));

    /// <summary>Grown token by token, it guesses what stands after the last place of the same three tokens, and seldom nothing.</summary>
    [Fact]
    public void It_guesses_what_a_search_finds() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll(Gen.Choose(0, 2).ArrayOf().Resize(600).ToArbitrary(), text =>
        {
            var (lookup, guess) = (new TokenLookup(), new int[1]);
            var (places, missed) = (0, 0);
            for (var length = 4; length <= text.Length; length++)
            {
                var (count, _) = lookup.Guess(text.AsSpan(0, length), guess);
                var place = text.AsSpan(0, length - 1).LastIndexOf(text.AsSpan(length - 3, 3));
                Assert.True(count == 0 || (place >= 0 && guess[0] == text[place + 3]));
                places += place >= 0 ? 1 : 0;
                missed += place >= 0 && count == 0 ? 1 : 0; // Another three met it in the table.
            }

            Assert.True(missed <= 2 + (places / 4), $"{missed} of {places} were missed");
        }));
}
