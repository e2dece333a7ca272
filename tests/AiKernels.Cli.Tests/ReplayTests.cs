using System.Text.Json.Nodes;
using Xunit;

namespace AiKernels.Cli.Tests;

public sealed class ReplayTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Receipt => Path.Combine(_folder.Path, "receipt.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_text_is_generated_again_from_its_receipt()
    {
        var text = Answer("--kv", "F16", "--stop", "never said", "--repetition-penalty", "1.1");
        var replay = CommandLineProcess.Run("replay", Receipt, "--threads", "1");
        Assert.Equal((0, 1), (replay.ExitCode, replay.Lines.Length));
        Assert.StartsWith("the same: 15 tokens, ", replay.Text, StringComparison.Ordinal);

        var shown = CommandLineProcess.Run("replay", Receipt, "--text", "--model", "demo");
        Assert.Equal((0, text), (shown.ExitCode, shown.Text));
        Assert.Contains("the same: 15 tokens", shown.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/sampling/seed", "8", "these 15 tokens have the hash ")]
    [InlineData("/prompt/0", "7", "these 15 tokens have the hash ")]
    [InlineData("/numerics_version", "0", "numerics version 0")]
    [InlineData("/model_hash", "\"0000000000000000\"", "a model with the hash 0000000000000000")]
    public void What_is_not_the_same_is_said(string place, string value, string difference)
    {
        Answer();
        Change(place, value);
        var replay = CommandLineProcess.Run("replay", Receipt);
        Assert.Equal(1, replay.ExitCode);
        Assert.StartsWith("not the same: ", replay.Text, StringComparison.Ordinal);
        Assert.Contains(difference, replay.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_verdict_on_a_text_has_a_line_of_its_own()
    {
        var answer = Answer("--regex", "[a-z]{10}");
        var replay = CommandLineProcess.Run("replay", Receipt, "--text");
        Assert.Equal(answer, replay.Text);
        Assert.StartsWith("\nthe same: ", replay.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/sampling/top_p", "-1", "TopP must be above 0")]
    [InlineData("/token_hash", "\"\\u001b[2J\"", "no hexadecimal numbers")]
    [InlineData("/model_path", "null", "--model")]
    [InlineData("/model_path", "\"no such file\"", "there is no file")]
    public void What_cant_be_replayed_is_refused_in_a_sentence(string place, string value, string problem)
    {
        Answer();
        Change(place, value);
        var replay = CommandLineProcess.Run("replay", Receipt);
        Assert.Equal((1, ""), (replay.ExitCode, replay.Text));
        Assert.Contains(problem, Assert.Single(replay.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private string Answer(params string[] more)
    {
        var run = CommandLineProcess.Run(["run", "demo", "-p", "ROMEO:", "-n", "15", "--seed", "7", "--receipt", Receipt, .. more]);
        Assert.Equal((0, ""), (run.ExitCode, run.ExitCode == 0 ? "" : run.Error));
        return run.Text;
    }

    private void Change(string place, string value)
    {
        var receipt = JsonNode.Parse(File.ReadAllText(Receipt))!;
        var names = place.Split('/')[1..];
        var parent = names[..^1].Aggregate(receipt, (node, name) => node[name]!);
        if (parent is JsonArray array)
        {
            array[int.Parse(names[^1], System.Globalization.CultureInfo.InvariantCulture)] = JsonNode.Parse(value);
        }
        else
        {
            parent[names[^1]] = JsonNode.Parse(value);
        }

        File.WriteAllText(Receipt, receipt.ToJsonString());
    }
}
