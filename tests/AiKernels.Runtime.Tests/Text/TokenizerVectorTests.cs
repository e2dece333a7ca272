using System.Globalization;
using System.Text.RegularExpressions;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>Ids that others computed for the same texts: llama.cpp's vocabulary tests, made with Hugging Face's tokenizers, and DeepSeek's.</summary>
public sealed class TokenizerVectorTests
{
    private const string Separator = "\n__ggml_vocab_test__\n";

    [Theory]
    [InlineData("llama-spm")]
    [InlineData("gpt-2")]
    [InlineData("qwen2")]
    [InlineData("deepseek-r1-qwen")]
    [InlineData("llama-bpe")]
    [InlineData("phi-3")]
    [InlineData("deepseek-llm")]
    [InlineData("deepseek-coder")]
    [InlineData("llama-bpe", "tokenizers/llama3")] // tiktoken's file
    [InlineData("llama-bpe", "tokenizers/llama3/tokenizer.model")]
    [InlineData("llama-bpe", "tokenizers/llama3/llama3.2_vocab.bpe")]
    [InlineData("qwen2", "tokenizers/qwen2/vocab.json")]
    [InlineData("qwen2", "tokenizers/qwen2/merges.txt")]
    [InlineData("llama-spm", "tokenizers/spm/llama2.model")]
    public void Every_vector_gives_the_expected_ids_and_its_text_back(string name, string? file = null)
    {
        var tokenizer = Vocabularies.Tokenizer(file ?? name);
        var cases = Cases(name);
        Assert.Equal(46, cases.Length);
        Assert.All(cases, vector =>
        {
            Assert.Equal(vector.Ids, tokenizer.Encode(vector.Text));
            Assert.Equal(vector.Text, tokenizer.Decode(vector.Ids));
        });
    }

    // WordPiece forgets capitals, accents and spaces.
    [Fact]
    public void Every_vector_of_word_pieces_gives_the_expected_ids()
    {
        var tokenizer = Vocabularies.Tokenizer("bert-bge");
        Assert.All(Cases("bert-bge"), vector => Assert.Equal(vector.Ids, tokenizer.Encode(vector.Text)));
    }

    [Fact]
    public void DeepSeeks_small_vectors_give_the_expected_ids_and_their_text_back()
    {
        var tokenizer = Vocabularies.Tokenizer("tokenizers/deepseek_v3");
        var texts = Lines("tokenizers/deepseek_v3/small_input.txt").Select(Unescaped).ToArray();
        var ids = Lines("tokenizers/deepseek_v3/small_tokens_r1.txt").Select(Ids).ToArray();
        Assert.Equal(texts.Length, ids.Length);
        Assert.All(texts.Zip(ids), vector =>
        {
            Assert.Equal(vector.Second, tokenizer.Encode(vector.First, parseSpecial: true));
            Assert.Equal(vector.First, tokenizer.Decode(vector.Second, renderSpecial: true));
        });
    }

    [Fact]
    public void DeepSeeks_long_vector_gives_the_expected_ids_and_its_text_back()
    {
        var tokenizer = Vocabularies.Tokenizer("tokenizers/deepseek_v3/deepseek_v3.tiktoken");
        var text = File.ReadAllText(TestData.Path("tokenizers/deepseek_v3/utf8_input.txt"));
        var ids = Ids(File.ReadAllText(TestData.Path("tokenizers/deepseek_v3/utf8_tokens_r1.txt")));
        Assert.Equal(ids, tokenizer.Encode(text));
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    /// <summary>
    /// Mistral's third vocabulary is its first with 768 control tokens put in behind the third token, and a tokenizer.json in
    /// the place of a SentencePiece model. They differ where a text begins with a space: SentencePiece puts another one before
    /// it, the tokenizer.json doesn't (its pre-tokenizer is Metaspace, which adds one only where there is none).
    /// </summary>
    [Fact]
    public void Mistrals_two_files_give_the_same_pieces()
    {
        var (first, third) = (Vocabularies.Tokenizer("tokenizers/spm/mistral01.model"), Vocabularies.Tokenizer("tokenizers/hf_json/mistral03.json"));
        var texts = Cases("llama-spm").Select(vector => vector.Text).Append(File.ReadAllText(TestData.Path("text/tinyshakespeare.txt")));
        Assert.All(texts.Where(text => text != " "), text =>
        {
            var ids = first.Encode(text.StartsWith(' ') ? text[1..] : text);
            Assert.Equal(ids.Select(id => id < 3 ? id : id + 768), third.Encode(text));
            Assert.Equal(text, first.Decode(first.Encode(text)));
        });
        Assert.Equal([1, .. third.Encode("a")], third.EncodeWithSpecial("a"));
        Assert.Equal(["▁Hello", "▁", "[INST]"], [Text(third, "Hello"), .. third.Encode(" [INST]", parseSpecial: true).Select(id => Name(third, id))]);
    }

    private static string Text(AiKernels.Runtime.Text.Tokenizer tokenizer, string text) => Name(tokenizer, Assert.Single(tokenizer.Encode(text)));

    private static string Name(AiKernels.Runtime.Text.Tokenizer tokenizer, int id) =>
        System.Text.Encoding.UTF8.GetString(tokenizer.Vocabulary.Tokens[id]);

    private static (string Text, int[] Ids)[] Cases(string name)
    {
        var stem = $"tokenizers/llama.cpp/ggml-vocab-{name}.gguf";
        var texts = File.ReadAllText(TestData.Path($"{stem}.inp")).Split(Separator)[..^1];
        return [.. texts.Zip(File.ReadAllLines(TestData.Path($"{stem}.out")), (text, line) => (text, Ids(line)))];
    }

    private static string[] Lines(string file) => File.ReadAllText(TestData.Path(file)).TrimEnd('\n').Split('\n');

    private static string Unescaped(string line) => Regex.Replace(
        line, @"\\(n|s)", match => match.Groups[1].Value == "n" ? "\n" : " ");

    private static int[] Ids(string line) =>
        [.. line.Split([' ', ',', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
}
