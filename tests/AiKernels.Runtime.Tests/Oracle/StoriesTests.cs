using AiKernels.Cpu;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Tests.Models;
using AiKernels.Runtime.Text;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>A trained model, stories260K, says and expects what others found.</summary>
public class StoriesTests
{
    private static string Model => TestData.Path("models/stories260K.gguf");

    [Fact]
    public void Logits_along_its_own_story_are_llama_cpps()
    {
        var tokens = Tokens(File.ReadAllText(TestData.Path("models/stories260K.expected_greedy_t0_n200.txt")).TrimEnd('\n'));
        var (actual, expected) = (Logits(tokens), LlamaCpp.Logits(Model, tokens));
        var vocabulary = actual.Length / tokens.Length;
        Assert.InRange(Difference.Worst(actual, expected, vocabulary), 0, 1e-4);

        // The text is what each engine finds most likely, token by token.
        Assert.Equal(tokens[1..], MostLikely(actual, vocabulary)[..^1]);
        Assert.Equal(tokens[1..], MostLikely(expected, vocabulary)[..^1]);
    }

    [Fact]
    public void Perplexity_of_a_story_is_as_published()
    {
        var text = File.ReadAllText(TestData.Path("text/tinystories_sample.txt"));
        var tokens = Tokens(text[..text.IndexOf("<|endoftext|>", StringComparison.Ordinal)].Trim());
        Assert.Equal(374, tokens.Length);
        Assert.Equal(3.728, Perplexity(tokens), 3);
    }

    /// <remarks>The model was trained on contexts of 512 tokens; the published figure is of the first 512.</remarks>
    [Fact]
    public void Perplexity_of_Shakespeare_is_as_published()
    {
        var tokens = Tokens(File.ReadAllText(TestData.Path("text/tinyshakespeare.txt"))[..2500]);
        Assert.Equal(49.40, Perplexity(tokens[..512]), 2);
    }

    private static int[] Tokens(string text)
    {
        using var file = GgufFile.Open(Model);
        var tokenizer = Tokenizer.Create(Vocabulary.FromGguf(file));
        return [tokenizer.Vocabulary.Bos!.Value, .. tokenizer.Encode(text)];
    }

    private static float[] Logits(int[] tokens)
    {
        using var backend = new CpuBackend(1);
        return ForwardPass.Logits(backend, Model, tokens);
    }

    private static int[] MostLikely(float[] logits, int vocabulary) =>
        [.. logits.Chunk(vocabulary).Select(row => row.IndexOf(row.Max()))];

    /// <summary>exp of the mean surprise at each token but the first.</summary>
    private static double Perplexity(int[] tokens)
    {
        var logits = Logits(tokens);
        var rows = logits.Chunk(logits.Length / tokens.Length).ToArray();
        return Math.Exp(Enumerable.Range(0, tokens.Length - 1).Average(t =>
        {
            var largest = rows[t].Max();
            return Math.Log(rows[t].Sum(value => Math.Exp(value - largest))) + largest - rows[t][tokens[t + 1]];
        }));
    }
}
