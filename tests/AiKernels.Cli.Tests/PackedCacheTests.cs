using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Cli.Tests;

/// <summary><c>--packed-cache</c>, between processes.</summary>
public class PackedCacheTests
{
    private static readonly string[] Tokens = ["--tokens", "1,2,3,4,5"];

    private static string Demo => Repository.Path("samples/DemoModel/shakespeare.gguf");

    [Fact]
    public void Processes_that_keep_weights_at_once_and_the_next_one_give_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Demo, folder["model.gguf"]);
        Run("plain");

        string[] names = ["one", "two", "three"];
        var processes = names.Select(name => CommandLineProcess.Start([], Arguments(name, $"--packed-cache={folder["cache"]}"))).ToList();
        foreach (var process in processes)
        {
            var run = CommandLineProcess.Finish(process);
            Assert.Equal(0, run.ExitCode);
            process.Dispose();
        }

        var kept = Assert.Single(Directory.GetFileSystemEntries(folder["cache"]));
        Assert.Empty(Run("last", $"--packed-cache={folder["cache"]}").Error); // Nothing had to be written.
        Assert.All([.. names, "last"], name => Assert.Equal(File.ReadAllBytes(folder["plain"]), File.ReadAllBytes(folder[name])));

        // A flipped byte in the weights is detected, told, and mended.
        using (var file = File.Open(kept, FileMode.Open))
        {
            file.Position = file.Length / 2;
            var value = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(value ^ 1));
        }

        var mended = Run("mended", $"--packed-cache={folder["cache"]}");
        Assert.Contains("damaged", mended.Error, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(folder["plain"]), File.ReadAllBytes(folder["mended"]));
        Assert.Empty(Run("again", $"--packed-cache={folder["cache"]}").Error);

        ProcessResult Run(string name, params string[] more)
        {
            var run = CommandLineProcess.Run(Arguments(name, more));
            Assert.Equal(0, run.ExitCode);
            return run;
        }

        string[] Arguments(string name, params string[] more) =>
            ["logits", folder["model.gguf"], .. Tokens, "--out", folder[name], "--device", "cpu", .. more];
    }

    [Fact]
    public void Without_a_folder_the_weights_are_kept_beside_the_model()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Demo, folder["model.gguf"]);
        var run = CommandLineProcess.Run("run", folder["model.gguf"], "-p", "a", "-n", "1", "--device", "cpu", "--packed-cache");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(2, folder.Entries.Length);
        Assert.Contains("packed weights were written", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_can_not_be_written_costs_a_line_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Demo, folder["model.gguf"]);
        var run = CommandLineProcess.Run(
            "run", folder["model.gguf"], "-p", "a", "-n", "1", "--device", "cpu", $"--packed-cache={folder["model.gguf"]}");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("packed weights can't be kept", run.Error, StringComparison.Ordinal);
        Assert.NotEmpty(run.Output);
        Assert.Single(folder.Entries);
    }

    [Fact]
    public void What_one_device_has_packed_another_takes()
    {
        Assert.SkipUnless(CommandLineProcess.KnowsGpus, "this was built without ILGPU");
        using var folder = new TemporaryFolder();
        File.Copy(Demo, folder["model.gguf"]);
        ProcessResult Run(string device) =>
            CommandLineProcess.Run("run", folder["model.gguf"], "-p", "a", "-n", "1", "--temperature", "0", "--device", device, "--packed-cache");

        var first = Run("emulator:0");
        Assert.Equal(0, first.ExitCode);
        Assert.Contains("packed weights were written", first.Error, StringComparison.Ordinal);

        var second = Run("cpu");
        Assert.Equal(first.Text, second.Text);
        Assert.DoesNotContain("packed weights", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_built_in_model_and_random_weights_have_none()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, CommandLineProcess.Run("run", "demo", "-p", "a", "-n", "1", $"--packed-cache={folder.Path}").ExitCode);
        Assert.Empty(folder.Entries);
        var bench = CommandLineProcess.Run("bench", "--shape", "qwen2.5-0.5b", $"--packed-cache={folder.Path}");
        Assert.Equal(1, bench.ExitCode);
        Assert.Contains("--packed-cache is for a model file", bench.Error, StringComparison.Ordinal);
    }
}
