using System.Text.RegularExpressions;
using AiKernels.Runtime.Grammars;
using Xunit;

namespace AiKernels.Runtime.Tests.Grammars;

public sealed class RegexTests
{
    [Fact]
    public void Random_expressions_match_what_they_match_in_NET()
    {
        var random = new Random(20);
        for (var trial = 0; trial < 2000; trial++)
        {
            var pattern = Pattern(random, depth: 3);
            var grammar = TryRead(pattern);
            if (grammar is null)
            {
                // No text matches, or a condition stands where none is supported: then it has one.
                Assert.True(pattern.Contains("(?") || pattern.Contains('^') || pattern.Contains('$'), pattern);
                continue;
            }

            var expected = new Regex($@"\A(?:{pattern})\z", RegexOptions.CultureInvariant);
            for (var i = 0; i < 40; i++)
            {
                var text = string.Concat(Enumerable.Range(0, random.Next(7)).Select(_ => "abc1"[random.Next(4)]));
                Assert.True(expected.IsMatch(text) == GrammarMatcher.IsMatch(grammar, text), $"{pattern} on '{text}'");
            }
        }
    }

    [Theory]
    [InlineData(@"\d{4}-\d{2}-\d{2}", "2026-11-22", "2026-11-2x")]
    [InlineData(@"[^\W_]+", "abc9", "a_b")]
    [InlineData(@"\p{Lu}\p{Ll}*", "Éa", "éA")]
    [InlineData(@"(?:a|b)+?c", "abc", "abd")]
    [InlineData(@"\u{1F600}\x41\u0042\cJ", "😀AB\n", "😀AB")]
    [InlineData(@"(?<year>\d+)[.\-]", "12-", "12_")]
    [InlineData(@"(?!foo)\w+", "fox", "foot")]
    [InlineData(@"(?=.*\d)(?=.*[a-z]).{4,}", "abc1", "abcd")]
    [InlineData("[\\w-.]+", "a-b.c", "a b")]
    [InlineData("a?(?=b)b", "ab", "a")]
    [InlineData("^a$|^b$", "b", "ab")]
    [InlineData(".", "語", "\n")]
    public void Expressions_are_read_as_JavaScript_does(string pattern, string good, string bad)
    {
        var grammar = Grammar.FromRegex(pattern);
        Assert.True(GrammarMatcher.IsMatch(grammar, good));
        Assert.False(GrammarMatcher.IsMatch(grammar, bad));
    }

    [Theory]
    [InlineData(@"(a)\1", "references to groups aren't supported (line 1, column 6)")]
    [InlineData(@"\bword", "word boundaries aren't supported (line 1, column 3)")]
    [InlineData("(?<=a)b", "looking behind isn't supported (line 1, column 5)")]
    [InlineData("(a", "expected ) (line 1, column 3)")]
    [InlineData("a)", "a ) without its ( (line 1, column 2)")]
    [InlineData("*a", "a repeat of nothing (line 1, column 1)")]
    [InlineData("[b-a]", "a range that is none (line 1, column 5)")]
    [InlineData(@"\p{Nonsense}", @"\p{Nonsense} isn't supported: it is no general category of Unicode (line 1, column 4)")]
    [InlineData("a{3,2}", "a repeat from 3 to 2 times can't be (line 1, column 7)")]
    [InlineData("(((a{1000}){1000}){1000})", "repeats within each other come to too much (line 1, column 25)")]
    [InlineData("a(?=b)c", "no text matches the expression")]
    [InlineData("a?(?!^b)b", "^ behind something that may be empty isn't supported")]
    [InlineData("(?:^a)+", "^, $ and looking ahead aren't supported within a repeat")]
    public void A_bad_expression_gets_one_sentence(string pattern, string message) =>
        Assert.Equal(message, Assert.Throws<GrammarException>(() => Grammar.FromRegex(pattern)).Message);

    private static Grammar? TryRead(string pattern)
    {
        try
        {
            return Grammar.FromRegex(pattern);
        }
        catch (GrammarException)
        {
            return null;
        }
    }

    private static string Pattern(Random random, int depth) => random.Next(depth == 0 ? 3 : 9) switch
    {
        0 => "abc1"[random.Next(4)].ToString(),
        1 => new[] { "[ab]", "[^a]", ".", @"\d", @"\w", "[a-c]" }[random.Next(6)],
        2 => new[] { "a*", "b?", "c+", "[ab]{1,2}" }[random.Next(4)],
        3 => $"(?:{Pattern(random, depth - 1)}|{Pattern(random, depth - 1)})",
        4 => $"(?:{Pattern(random, depth - 1)}){new[] { "*", "+", "?", "{2}", "{0,2}", "{1,}" }[random.Next(6)]}",
        5 => $"(?={Pattern(random, depth - 1)}){Pattern(random, depth - 1)}",
        6 => $"(?!{Pattern(random, depth - 1)}){Pattern(random, depth - 1)}",
        7 => random.Next(2) == 0 ? $"^{Pattern(random, depth - 1)}" : $"{Pattern(random, depth - 1)}$",
        _ => Pattern(random, depth - 1) + Pattern(random, depth - 1),
    };
}
