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

    [Fact]
    public void An_empty_text_has_no_tokens() => Assert.Empty(CommandLineProcess.Run("tokenize", "demo", "").Output);

    private static IEnumerable<int> Ids(JsonDocument json) =>
        json.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32());
}
