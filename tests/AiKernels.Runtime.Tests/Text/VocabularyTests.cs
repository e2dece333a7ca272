using AiKernels.Runtime.Files;
using AiKernels.Runtime.Text;
using AiKernels.Tests.Shared;
using Xunit;
using static AiKernels.Runtime.Tests.Text.TinyVocabulary;

namespace AiKernels.Runtime.Tests.Text;

public sealed class VocabularyTests
{
    private static readonly byte[][] Abc = Utf8("a", "b", "c");

    public static TheoryData<string> Faults => [.. Faulty.Keys];

    private static Dictionary<string, Vocabulary> Faulty { get; } = new()
    {
        ["tokens is empty"] = new() { Model = "gpt2", Tokens = [] },
        ["tokens has the same text for tokens 0 and 2"] = new() { Model = "gpt2", Tokens = Utf8("a", "b", "a") },
        ["tokens has 2000 bytes for token 0"] = new() { Model = "gpt2", Tokens = Utf8(new string('a', 2000)) },
        ["token_type has 1 entries for 3 tokens"] = new() { Model = "gpt2", Tokens = Abc, Types = [TokenType.Normal] },
        ["token_type has 7 for token 1"] = new() { Model = "gpt2", Tokens = Utf8("a", "b"), Types = [TokenType.Normal, (TokenType)7] },
        ["scores has 0 entries for 3 tokens"] = new() { Model = "llama", Tokens = Abc },
        ["scores has no number for token 2"] = new() { Model = "llama", Tokens = Abc, Scores = [0, 0, float.NaN] },
        ["bos_token_id is 3, but"] = new() { Model = "gpt2", Tokens = Abc, Bos = 3 },
        ["eos_token_id is -1, but"] = new() { Model = "gpt2", Tokens = Abc, Eos = -1 },
        ["eot_token_id is 9, but"] = new() { Model = "gpt2", Tokens = Abc, Eot = 9 },
        ["unknown_token_id is 9, but"] = new() { Model = "gpt2", Tokens = Abc, Unknown = 9 },
        ["padding_token_id is 9, but"] = new() { Model = "gpt2", Tokens = Abc, Padding = 9 },
        ["model is 'smoke signals'"] = new() { Model = "smoke signals", Tokens = Abc },
        ["pre is missing"] = ByteLevelWith(pre: null),
        ["pre is 'morse'"] = ByteLevelWith(pre: "morse"),
        ["merges[0] does not name two tokens"] = ByteLevelWith(merges: "a d"),
        ["merges[1] does not name two tokens"] = ByteLevelWith(merges: ["a b", "ab"]),
        ["tokens has no token for the byte 0x00"] = new() { Model = "gpt2", Pre = "gpt-2", Tokens = Abc },
        ["tokens has neither a token for each byte nor"] = new() { Model = "llama", Tokens = Abc, Scores = [0, 0, 0] },
        ["tokens[0] has the type byte but is not written <0xNN>"] =
            new() { Model = "llama", Tokens = Utf8("<0xG0>"), Types = [TokenType.Byte], Scores = [0] },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_vocabulary_that_contradicts_itself_is_refused_by_the_name_of_the_field(string message)
    {
        var exception = Assert.Throws<InvalidDataException>(() => Tokenizer.Create(Faulty[message]));
        Assert.StartsWith($"tokenizer.ggml.{message}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_ends_an_answer_unless_others_follow_it()
    {
        static IEnumerable<string> Ends(params string[] names)
        {
            var vocabulary = new Vocabulary { Model = "gpt2", Tokens = Utf8(names), Types = [.. names.Select(_ => TokenType.Control)] };
            return vocabulary.EndOfGeneration.Select(id => names[id]).Order(StringComparer.Ordinal);
        }

        Assert.Equal(["<|end|>"], Ends("<|user|>", "<|end|>"));
        Assert.Equal(["<|call|>", "<|return|>"], Ends("<|start|>", "<|end|>", "<|return|>", "<|call|>"));
        Assert.Equal(["<|observation|>"], Ends("<|observation|>", "<|user|>"));
    }

    [Fact]
    public void Texts_that_cannot_be_spelt_become_the_unknown_token()
    {
        var tokenizer = Tokenizer.Create(new()
        {
            Model = "llama",
            Tokens = Utf8("?", "a"),
            Types = [TokenType.Unknown, TokenType.Normal],
            Scores = [0, 0],
            Unknown = 0,
        });
        Assert.Equal([1, 0, 1], tokenizer.Encode("a!a"));
    }

    [Fact]
    public void A_gguf_file_gives_its_vocabulary_and_absent_keys_their_defaults()
    {
        var vocabulary = Written(writer =>
        {
            writer.Add("tokenizer.ggml.model", "llama");
            writer.AddArray("tokenizer.ggml.tokens", Abc);
            writer.AddArray("tokenizer.ggml.scores", [-1f, -2f, -3f]);
            writer.AddArray("tokenizer.ggml.token_type", [1, 3, 5]);
            writer.Add("tokenizer.ggml.bos_token_id", 1u);
            writer.Add("tokenizer.ggml.padding_token_id", uint.MaxValue);
        });
        Assert.Equal(Abc, vocabulary.Tokens);
        Assert.Equal([-1f, -2f, -3f], vocabulary.Scores);
        Assert.Equal([TokenType.Normal, TokenType.Control, TokenType.Unused], vocabulary.Types);
        Assert.Equal((1, null, null), (vocabulary.Bos, vocabulary.Eos, vocabulary.Padding));
        Assert.Equal((true, false, true), (vocabulary.AddBos, vocabulary.AddEos, vocabulary.AddSpacePrefix));
    }

    [Fact]
    public void A_gguf_field_that_lies_is_refused_with_its_key_and_offset()
    {
        var exception = Assert.Throws<InvalidDataException>(() => Written(writer =>
        {
            writer.Add("tokenizer.ggml.model", "gpt2");
            writer.AddArray("tokenizer.ggml.tokens", Abc);
            writer.Add("tokenizer.ggml.eos_token_id", 3u);
        }));
        Assert.Matches(@"tokenizer\.ggml\.eos_token_id.*byte \d+.*is 3, but the vocabulary has 3 tokens", exception.Message);
    }

    [Fact]
    public void The_story_models_absent_special_tokens_are_absent()
    {
        var vocabulary = Vocabularies.Tokenizer("stories260K").Vocabulary;
        Assert.Equal((1, 2, 0, null), (vocabulary.Bos, vocabulary.Eos, vocabulary.Unknown, vocabulary.Padding));
        Assert.True(vocabulary.AddBos);
    }

    private static Vocabulary ByteLevelWith(string? pre = "gpt-2", params string[] merges) =>
        new() { Model = "gpt2", Pre = pre, Tokens = ByteLevel.Tokens, Merges = Utf8(merges) };

    private static Vocabulary Written(Action<GgufWriter> write)
    {
        var writer = new GgufWriter();
        write(writer);
        using var copy = new TemporaryFile();
        writer.WriteTo(copy.Path);
        using var file = GgufFile.Open(copy.Path);
        return Vocabulary.FromGguf(file);
    }
}
