using System.Diagnostics;
using AiKernels.Runtime.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>Long texts made to be slow. Work that grew with the square of their length would take hours.</summary>
public sealed class AdversarialTextTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    public static TheoryData<string> Texts => [.. All.Keys];

    private static Dictionary<string, Func<string>> All { get; } = new()
    {
        ["a million spaces"] = () => new(' ', 1_000_000),
        ["a newline and a million spaces before a word"] = () => $"\n{new string(' ', 1_000_000)}x",
        ["newlines and spaces in turn"] = () => Repeated("\n ", 500_000),
        ["one word of two million letters"] = () => Repeated("ab", 1_000_000),
        ["half contractions"] = () => Repeated("'l", 500_000),
        ["half a million emoji"] = () => Repeated("🦙", 500_000),
        ["special tokens end to end"] = () => Repeated("<|end|>", 100_000),
        ["special tokens that lack their last character"] = () => Repeated("<|end|", 100_000),
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Long_texts_take_no_time_out_of_proportion(string name)
    {
        var text = All[name]();
        foreach (var vocabulary in new[] { TinyVocabulary.ByteLevel, TinyVocabulary.SentencePiece })
        {
            var tokenizer = Tokenizer.Create(vocabulary);
            var clock = Stopwatch.StartNew();
            var ids = tokenizer.Encode(text, parseSpecial: true);
            Assert.Equal(text, tokenizer.Decode(ids, renderSpecial: true));
            Assert.True(clock.Elapsed < Bound, $"{vocabulary.Model} took {clock.Elapsed}");
        }
    }

    private static string Repeated(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
