using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Tests.Text;
using AiKernels.Runtime.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Runtime.Tests.Chat;

/// <summary>Whatever a model says, and however it is cut, nothing is lost.</summary>
public sealed class AnswerPropertyTests
{
    // Of which answers are made that come close to calls.
    private static readonly string[] Fragments =
    [
        "{\"name\": \"", "\", \"arguments\": {", "\", \"parameters\": {", "\"", "}", "}}", "{", "[", "]", ",", ": ", "\\\"", "\\u00", "</", "<", "[T", "<|", "|>", "\n", " ",
        "function", "```json\n", "\n```", "assistant", "analysis", "commentary", "final", " to=functions.", "json", "get_weather", "city", ":0", "🌦", "1", "true", "\uFFFD",
    ];

    public static TheoryData<string> Syntaxes => [.. ChatSyntax.Names];

    [Theory]
    [MemberData(nameof(Syntaxes))]
    public void Text_without_markers_stays_what_it_is(string name)
    {
        var syntax = ChatSyntax.Named(name);
        string[] markers = [.. syntax.Markers.Where(marker => marker.Length > 1)];
        var texts = TextGenerators.WellFormed.Where(text =>
            !markers.Any(marker => text.Contains(marker, StringComparison.Ordinal)) && !text.Contains("[TOOL", StringComparison.Ordinal));
        Prop.ForAll(Gen.Zip(texts, Gen.Choose(0, 1 << 20)).ToArbitrary(), chosen =>
        {
            var (text, seed) = chosen;
            Assert.Equal(text, ReadCut(syntax, text, seed).Text);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    [Theory]
    [MemberData(nameof(Syntaxes))]
    public void Text_that_ends_within_a_marker_stays_what_it_is(string name)
    {
        var syntax = ChatSyntax.Named(name);
        foreach (var marker in syntax.Markers)
        {
            for (var length = 1; length < marker.Length; length++)
            {
                foreach (var text in (string[])[marker[..length], $"a {marker[..length]}", $"a\n{marker[..length]} b"])
                {
                    Assert.Equal(text, ReadCut(syntax, text, length).Text);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Syntaxes))]
    public void No_word_is_lost_and_no_cut_matters(string name)
    {
        var syntax = ChatSyntax.Named(name);
        var fragments = Gen.Frequency((3, Gen.Elements(Fragments)), (3, Gen.Constant("w")), (syntax.Markers.Count == 0 ? 0 : 3, Gen.Elements([.. syntax.Markers, ""])));
        Prop.ForAll(Gen.Zip(fragments.ListOf().Resize(60), Gen.Choose(0, 1 << 20)).ToArbitrary(), chosen =>
        {
            var (pieces, seed) = chosen;
            var words = 0;
            var text = string.Concat(pieces.Select(piece => piece == "w" ? $"w{words++}w" : piece));
            Check(syntax, text, seed, words);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));
    }

    [Theory]
    [MemberData(nameof(Syntaxes))]
    public void No_word_of_a_damaged_call_is_lost(string name)
    {
        var syntax = ChatSyntax.Named(name);
        var calls = ChatCase.All.Where(chat => chat.Syntax == name).Select(chat => WithoutLateIds(chat.Render())).DefaultIfEmpty("a {\"name\"} b").ToArray();
        Prop.ForAll(Gen.Zip(Gen.Elements(calls), Gen.Zip(Gen.Choose(0, 600), Gen.Zip(Gen.Elements(Fragments), Gen.Choose(0, 1 << 20)))).ToArbitrary(), chosen =>
        {
            var (call, (at, (piece, seed))) = chosen;
            at = Math.Min(at, call.Length);
            Check(syntax, $"w0w{call[..at]}w1w", seed, 2);
            Check(syntax, $"w0w{call[..at]}{piece}w1w{call[Math.Min(call.Length, at + (seed % 3))..]}w2w", seed, 3);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(150));
    }

    /// <summary>A call has begun before an id behind its arguments comes: that one isn't given out.</summary>
    private static string WithoutLateIds(string call) => call.Replace(", \"id\": \"abcdefgh0\"", "").Replace(", \"id\": \"abcdefgh1\"", "");

    private static void Check(ChatSyntax syntax, string text, int seed, int words)
    {
        var answer = ReadCut(syntax, text, seed);
        var whole = ReadCut(syntax, text, null);
        Assert.Equal(whole.Text, answer.Text);
        Assert.Equal(whole.Reasoning, answer.Reasoning);
        Assert.Equal(whole.Calls, answer.Calls);
        var all = string.Concat([answer.Text, answer.Reasoning, .. answer.Calls.Select(call => $"{call.Name} {call.Id} {call.Arguments}")]);
        for (var word = 0; word < words; word++)
        {
            Assert.Contains($"w{word}w", all, StringComparison.Ordinal);
        }
    }

    private static Answer ReadCut(ChatSyntax syntax, string text, int? seed)
    {
        if (text.Length == 0)
        {
            return Answer.Read(syntax, ChatVocabulary.Bytes, [], []);
        }

        var random = new Random(seed ?? 0);
        var (tokenizer, tokens) = ChatVocabulary.Cut(text, _ => seed is null ? int.MaxValue : random.Next(1, 8));
        return Answer.Read(syntax, tokenizer, [], tokens);
    }
}
