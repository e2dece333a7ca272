using System.Text.Json;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Cli.Tests;

public class TokenizeTests
{
    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-spm")]
    public void A_vocabulary_alone_gives_the_ids_of_its_vectors(string name)
    {
        var vocabulary = TestData.Path($"tokenizers/llama.cpp/ggml-vocab-{name}.gguf");
        var texts = File.ReadAllText($"{vocabulary}.inp").Split("\n__ggml_vocab_test__\n");
        var lines = File.ReadAllLines($"{vocabulary}.out");
        foreach (var i in (ReadOnlySpan<int>)[0, 10, 20, 30])
        {
            using var text = new TemporaryFile(System.Text.Encoding.UTF8.GetBytes(texts[i]));
            using var json = JsonDocument.Parse(CommandLineProcess.Run("tokenize", vocabulary, "-f", text.Path, "--json").Output);
            Assert.Equal(
                lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse),
                Ids(json));
        }
    }

    [Fact]
    public void Ids_and_pieces_are_the_same_as_text_and_as_json()
    {
        var lines = CommandLineProcess.Run("tokenize", "demo", "Once upon").Lines;
        using var json = JsonDocument.Parse(CommandLineProcess.Run("tokenize", "demo", "Once upon", "--json").Output);

        var pieces = json.RootElement.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()!).ToArray();
        Assert.Equal("Once upon", string.Concat(pieces));
        Assert.Equal(lines, Ids(json).Zip(pieces, (id, piece) => $"{id}\t'{piece}'"));
        Assert.Equal(["ids", "pieces"], json.RootElement.EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public void Only_special_adds_the_begin_token_and_reads_control_tokens()
    {
        const string text = "a<|endoftext|>";
        using var plain = JsonDocument.Parse(CommandLineProcess.Run("tokenize", "demo", text, "--json").Output);
        using var special = JsonDocument.Parse(CommandLineProcess.Run("tokenize", "demo", text, "--json", "--special").Output);

        var ids = Ids(special).ToArray();
        Assert.Equal(3, ids.Length);
        Assert.Equal(ids[0], ids[2]);
        Assert.DoesNotContain(ids[0], Ids(plain));
    }

    [Fact]
    public void Bytes_that_are_no_characters_and_control_characters_are_spelt_out()
    {
        var run = CommandLineProcess.Run("tokenize", "demo", "\u001B[2J\u009B\uFFFF");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("\\u{1b}", run.Text, StringComparison.Ordinal);
        Assert.Contains("<0xC2>", run.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Text, character => character is not ('\n' or '\t') && char.IsControl(character));
    }

    [Theory]
    [InlineData("tokenizers/qwen2")]
    [InlineData("tokenizers/llama3/tokenizer.model")]
    [InlineData("tokenizers/spm/llama2.model")]
    [InlineData("tokenizers/hf_json/mistral03.json")]
    public void A_tokenizers_file_or_folder_does_without_a_model(string path)
    {
        using var json = JsonDocument.Parse(CommandLineProcess.Run("tokenize", TestData.Path(path), "Hello world", "--json").Output);
        Assert.Equal(["Hello", " world"], json.RootElement.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()!.Replace(" Hello", "Hello")));
    }

    [Fact]
    public void A_list_of_tokens_that_does_not_say_how_text_is_split_needs_a_name()
    {
        using var file = new TemporaryFile([.. Enumerable.Range(0, 256).SelectMany(
            value => System.Text.Encoding.ASCII.GetBytes($"{Convert.ToBase64String([(byte)value])} {value}\n"))]);
        var refused = CommandLineProcess.Run("tokenize", file.Path, "ab");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("has to be named", refused.Error, StringComparison.Ordinal);
        Assert.Equal(["97\t'a'", "98\t'b'"], CommandLineProcess.Run("tokenize", file.Path, "ab", "--pre", "gpt-2").Lines);
        ErrorTests.AssertFault(
            CommandLineProcess.Run("tokenize", file.Path, "ab", "--pre", "deepsek"),
            "--pre: 'deepsek' is no pre-tokenizer that is known by llama.cpp's names, such as gpt-2, llama-bpe, ");
    }

    [Fact]
    public void An_empty_text_has_no_tokens() => Assert.Empty(CommandLineProcess.Run("tokenize", "demo", "").Output);

    private static IEnumerable<int> Ids(JsonDocument json) =>
        json.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32());
}
