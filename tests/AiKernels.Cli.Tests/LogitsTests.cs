using System.Runtime.InteropServices;
using System.Text.Json;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Cli.Tests;

public class LogitsTests
{
    [Fact]
    public void The_file_holds_a_row_a_position_and_its_last_row_predicts_the_greedy_token()
    {
        using var folder = new TemporaryFolder();
        using var prompt = JsonDocument.Parse(CommandLineProcess.Run("tokenize", "demo", "ROMEO:", "--special", "--json").Output);
        using var greedy = JsonDocument.Parse(
            CommandLineProcess.Run("run", "demo", "-p", "ROMEO:", "-n", "1", "--temperature", "0", "--json").Output);
        var ids = prompt.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();

        var run = CommandLineProcess.Run("logits", "demo", "--tokens", string.Join(',', ids), "--out", folder["logits"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Equal(["logits"], folder.Entries);
        var logits = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(folder["logits"]));
        Assert.Equal(0, logits.Length % ids.Length);
        var last = logits[(logits.Length / ids.Length * (ids.Length - 1))..];
        Assert.Equal(greedy.RootElement.GetProperty("tokens")[0].GetInt32(), last.IndexOf(Largest(last)));
    }

    [Fact]
    public void The_bits_depend_on_neither_threads_nor_instruction_set()
    {
        using var folder = new TemporaryFolder();
        string[] arguments = ["logits", "demo", "--tokens", string.Join(',', Enumerable.Range(1, 70)), "--out"];
        CommandLineProcess.Run([.. arguments, folder["one"], "--threads", "1"]);
        CommandLineProcess.Run([.. arguments, folder["three"], "--threads", "3"]);
        CommandLineProcess.Run([("DOTNET_EnableHWIntrinsic", "0")], [.. arguments, folder["scalar"]]);

        var one = File.ReadAllBytes(folder["one"]);
        Assert.Equal(one, File.ReadAllBytes(folder["three"]));
        Assert.Equal(one, File.ReadAllBytes(folder["scalar"]));
    }

    [Fact]
    public void A_failure_leaves_the_old_file_as_it_was()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["logits"], "old");

        var run = CommandLineProcess.Run("logits", "demo", "--tokens", "1,99999999", "--out", folder["logits"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["logits"], folder.Entries);
        Assert.Equal("old", File.ReadAllText(folder["logits"]));
    }

    [Fact]
    public void The_model_is_never_written_over()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Repository.Path("samples/DemoModel/shakespeare.gguf"), folder["model.gguf"]);
        var before = File.ReadAllBytes(folder["model.gguf"]);

        var run = CommandLineProcess.Run("logits", folder["model.gguf"], "--tokens", "1", "--out", folder["model.gguf"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("--out is the model itself", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder["model.gguf"]));
    }

    [Fact]
    public void A_link_stays_a_link_and_its_target_is_replaced()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["target"], "old");
        File.CreateSymbolicLink(folder["link"], "target");

        CommandLineProcess.Run("logits", "demo", "--tokens", "1", "--out", folder["link"]);

        Assert.Equal("target", new FileInfo(folder["link"]).LinkTarget);
        Assert.True(new FileInfo(folder["target"]).Length > "old".Length);
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        var largest = float.NegativeInfinity;
        foreach (var value in values)
        {
            largest = Math.Max(largest, value);
        }

        return largest;
    }
}
