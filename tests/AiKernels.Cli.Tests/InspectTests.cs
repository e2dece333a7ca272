using System.Text.Json;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Cli.Tests;

public class InspectTests
{
    private const long MostPeakBytes = 200_000_000;
    private const int Attempts = 3;

    public static TheoryData<string> Lies => [.. GgufLies.All.Keys];

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_lie_is_told_in_a_sentence_within_a_second_and_200_megabytes(string name)
    {
        var lie = GgufLies.All[name];
        using var file = new TemporaryFile(lie.Bytes);

        var runs = new List<ProcessResult>();
        do
        {
            runs.Add(CommandLineProcess.Run("inspect", file.Path));
        }
        while (runs[^1].Duration >= TimeSpan.FromSeconds(1) && runs.Count < Attempts); // Other tests may keep the machine busy.

        Assert.All(runs, run => ErrorTests.AssertFault(run, lie.Complaint));
        Assert.All(runs, run => Assert.InRange(run.PeakBytes, 1, MostPeakBytes));
        Assert.True(runs[^1].Duration < TimeSpan.FromSeconds(1), $"{Attempts} attempts took {string.Join(", ", runs.Select(run => run.Duration))}");
    }

    [Fact]
    public void The_built_in_model_is_shown_with_the_memory_it_needs()
    {
        var text = CommandLineProcess.Run("inspect", "demo");
        using var json = JsonDocument.Parse(CommandLineProcess.Run("inspect", "demo", "--json").Output);

        Assert.Equal(0, text.ExitCode);
        Assert.Contains("can be run  yes", text.Text, StringComparison.Ordinal);
        Assert.Contains("general.architecture : String = qwen3", text.Text, StringComparison.Ordinal);
        var root = json.RootElement;
        Assert.True(root.GetProperty("runnable").GetBoolean());
        var memory = root.GetProperty("memory");
        using var run = JsonDocument.Parse(CommandLineProcess.Run("run", "demo", "-n", "1", "--json").Output);
        Assert.Equal(
            run.RootElement.GetProperty("statistics").GetProperty("weight_bytes").GetInt64(),
            memory.GetProperty("weight_bytes").GetInt64());
        Assert.Equal(
            memory.GetProperty("total_bytes").GetInt64(),
            memory.GetProperty("weight_bytes").GetInt64() + memory.GetProperty("key_value_bytes").GetInt64()
                + memory.GetProperty("workspace_bytes").GetInt64());
        Assert.Equal(
            root.GetProperty("parameters").GetInt64(),
            root.GetProperty("tensors").EnumerateArray().Sum(tensor =>
                tensor.GetProperty("dimensions").EnumerateArray().Aggregate(1L, (product, length) => product * length.GetInt64())));
    }

    [Fact]
    public void A_file_that_cannot_be_run_is_shown_with_the_reason()
    {
        using var file = new TemporaryFile(GgufSketch.Honest().ToArray());

        var text = CommandLineProcess.Run("inspect", file.Path);
        using var json = JsonDocument.Parse(CommandLineProcess.Run("inspect", file.Path, "--json").Output);

        Assert.Equal(0, text.ExitCode);
        Assert.Contains("can be run  no: ", text.Text, StringComparison.Ordinal);
        Assert.Contains("second : Q8_0 64 x 2, 136 bytes", text.Text, StringComparison.Ordinal);
        Assert.False(json.RootElement.GetProperty("runnable").GetBoolean());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("memory").ValueKind);
        var metadata = json.RootElement.GetProperty("metadata");
        Assert.Equal(1L << 40, metadata.GetProperty("big").GetProperty("value").GetInt64());
        Assert.True(metadata.GetProperty("flag").GetProperty("value").GetBoolean());
        Assert.Equal(3, metadata.GetProperty("numbers").GetProperty("count").GetInt32());
    }

    [Fact]
    public void Numbers_that_json_does_not_know_are_written_as_text()
    {
        var bytes = new GgufSketch().Bytes("magic", "GGUF"u8).UInt32("version", 3)
            .UInt64("tensor count", 0).UInt64("metadata count", 2)
            .Key("nan", 6).Bytes("nan value", BitConverter.GetBytes(float.NaN))
            .Key("infinity", 12).Bytes("infinity value", BitConverter.GetBytes(double.NegativeInfinity)).ToArray();
        using var file = new TemporaryFile(bytes);

        using var json = JsonDocument.Parse(CommandLineProcess.Run("inspect", file.Path, "--json").Output);

        var metadata = json.RootElement.GetProperty("metadata");
        Assert.Equal("NaN", metadata.GetProperty("nan").GetProperty("value").GetString());
        Assert.Equal("-Infinity", metadata.GetProperty("infinity").GetProperty("value").GetString());
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("inspect", "--json")]
    public void Nothing_in_a_file_reaches_the_terminal_as_a_command(params string[] arguments)
    {
        const string hostile = "\u001B[2J\u202Egone\u0007\u009B31m";
        var bytes = new GgufSketch().Bytes("magic", "GGUF"u8).UInt32("version", 3)
            .UInt64("tensor count", 1).UInt64("metadata count", 3)
            .Key("general.architecture", 8).String("general.architecture", hostile)
            .Key($"key {hostile}", 8).String("value", hostile)
            .Key("array", 9).Array("array", 8, 1).String("element", hostile)
            .Tensor(hostile, 0, 0, 8);
        var padding = (32 - (bytes.ToArray().Length % 32)) % 32;
        using var file = new TemporaryFile(bytes.Bytes("padding", new byte[padding + 32]).ToArray());

        var run = CommandLineProcess.Run([.. arguments, file.Path]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("gone", run.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Text, character => character != '\n' && (char.IsControl(character) || character == '\u202E'));
    }

    [Fact]
    public void A_file_with_a_vocabulary_and_nothing_else_is_shown()
    {
        var run = CommandLineProcess.Run("inspect", TestData.Path("tokenizers/llama.cpp/ggml-vocab-bert-bge.gguf"));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("is 'bert'; the architectures that can be run are", run.Text, StringComparison.Ordinal);
    }
}
