using System.Globalization;
using System.Text;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Cli.Tests;

public class PerplexityTests
{
    [Fact]
    public void The_first_story_has_its_known_perplexity()
    {
        var stories = File.ReadAllText(TestData.Path("text/tinystories_sample.txt"));
        var story = stories[..stories.IndexOf("<|endoftext|>", StringComparison.Ordinal)].Trim();
        using var text = new TemporaryFile(Encoding.UTF8.GetBytes(story));

        var run = CommandLineProcess.Run("perplexity", TestData.Path("models/stories260K.gguf"), "-f", text.Path);

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("total\t3.728", run.Lines[^1], StringComparison.Ordinal);
        Assert.StartsWith("373 tokens in 1 chunk;", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_chunk_has_a_line_and_the_total_lies_between_them()
    {
        using var text = new TemporaryFile(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("To be, or not to be: that is the question.\n", 12))));

        var run = CommandLineProcess.Run("perplexity", "demo", "-f", text.Path, "--chunk", "64");

        var values = run.Lines.Select(line => double.Parse(line.Split('\t')[1], CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal([.. Enumerable.Range(1, values.Length - 1).Select(i => $"{i}"), "total"], run.Lines.Select(line => line.Split('\t')[0]));
        Assert.True(values.Length > 3);
        Assert.InRange(values[^1], values[..^1].Min(), values[..^1].Max());
    }

    [Fact]
    public void What_is_no_text_is_told_in_a_sentence()
    {
        using var binary = new TemporaryFile([0x50, 0xFF, 0xFE, 0x01]);
        foreach (var (file, problem) in ((string, string)[])[(binary.Path, "is no UTF-8 text"), (Path.GetTempPath(), "is a directory"), ("", "is empty")])
        {
            var run = CommandLineProcess.Run("perplexity", "demo", "-f", file);

            Assert.Equal(1, run.ExitCode);
            Assert.Contains(problem, run.Error, StringComparison.Ordinal);
            Assert.Empty(run.Lines);
        }
    }

    [Fact]
    public void A_chunk_beyond_the_trained_context_is_warned_of()
    {
        using var text = new TemporaryFile(Encoding.UTF8.GetBytes("To be, or not to be: that is the question.\n"));

        var run = CommandLineProcess.Run("perplexity", "demo", "-f", text.Path, "--chunk", "100000");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("the model was trained on 512 tokens", run.Error, StringComparison.Ordinal);
    }
}
