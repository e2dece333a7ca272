using System.Globalization;
using AiKernels.Runtime.Text;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>Ids that others computed for the same texts, from llama.cpp's vocabulary tests.</summary>
public sealed class TokenizerVectorTests
{
    private const string Separator = "\n__ggml_vocab_test__\n";

    [Theory]
    [InlineData("llama-spm")]
    [InlineData("gpt-2")]
    [InlineData("qwen2")]
    [InlineData("deepseek-r1-qwen")]
    [InlineData("llama-bpe")]
    public void Every_vector_gives_the_expected_ids_and_its_text_back(string name)
    {
        var tokenizer = Vocabularies.Tokenizer(name);
        var cases = Cases(name);
        Assert.Equal(46, cases.Length);
        Assert.All(cases, vector =>
        {
            Assert.Equal(vector.Ids, tokenizer.Encode(vector.Text));
            Assert.Equal(vector.Text, tokenizer.Decode(vector.Ids));
        });
    }

    private static (string Text, int[] Ids)[] Cases(string name)
    {
        var stem = $"tokenizers/llama.cpp/ggml-vocab-{name}.gguf";
        var texts = File.ReadAllText(TestData.Path($"{stem}.inp")).Split(Separator)[..^1];
        var lines = File.ReadAllLines(TestData.Path($"{stem}.out"));
        return [.. texts.Zip(lines, (text, line) => (text, Ids(line)))];
    }

    private static int[] Ids(string line) =>
        [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
}
