using System.Diagnostics;
using System.Xml.Linq;
using AiKernels.Benchmarks.Engines;
using AiKernels.Benchmarks.Peers;
using AiKernels.Peers;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Models.Architectures;
using Xunit;

namespace AiKernels.Benchmarks.Tests;

/// <summary>The comparison from end to end, on a model small enough for a test.</summary>
public class PeersTests
{
    [Fact]
    public void A_forged_model_is_one_that_can_be_run_and_is_gone_afterwards()
    {
        string path;
        using (var model = new ForgedModel(BenchmarkShapes.Tiny, QuantizationRecipe.Parse("Q4_K_M")))
        {
            path = model.Path;
            using var file = GgufFile.Open(path);
            Assert.Equal((2, 512), (Architecture.Read(file).Layers, Architecture.Read(file).VocabularySize));
        }

        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
    }

    [Fact]
    public void Both_engines_take_turns_and_what_came_out_is_written_down()
    {
        Assert.SkipWhen(LlamaCppInstallation.Obstacle is not null, $"llama.cpp, the peer, is not here: {LlamaCppInstallation.Obstacle}");
        var folder = Directory.CreateTempSubdirectory("aikernels-peers-test-").FullName;
        try
        {
            // x64 runs anywhere; no processor has the other variant.
            var (exitCode, output) = Run(
                "peers", "--shape", "tiny", "--type", "Q8_0", "--pair", "x64;DOTNET_EnableHWIntrinsic=0", "--pair", "abacus@decode",
                "--prompt", "20", "--generate", "3", "--depth", "30", "--sequences", "2", "--rounds", "2", "--threads", "2",
                "--output", folder);
            Assert.Equal(0, exitCode);
            Assert.Equal(output, File.ReadAllText(Path.Combine(folder, "peers.md")));
            foreach (var name in (string[])["prefill 20", "decode 3", "prefill 20 at depth 30", "decode 3 at depth 30", "decode 3, 2 sequences"])
            {
                Assert.Single(output.Split('\n'), line => line.StartsWith($"| {name} | `x64", StringComparison.Ordinal));
            }

            Assert.Contains("CPU, scalar, 2 threads and llama.cpp v0.5.0, x64, 2 threads", output, StringComparison.Ordinal);
            Assert.Contains("ggml has no processor variant 'abacus'", output, StringComparison.Ordinal);
            Assert.Equal("svg", XDocument.Load(Path.Combine(folder, "roofline-Q8_0.svg")).Root!.Name.LocalName);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Bad_options_are_refused()
    {
        Assert.NotEqual(0, Run("peers", "--pair", "haswell@fast").ExitCode);
        Assert.NotEqual(0, Run("peers", "--rounds", "0").ExitCode);
        Assert.NotEqual(0, Run("peers", "--shape", "huge").ExitCode);
    }

    private static (int ExitCode, string Output) Run(params string[] arguments)
    {
        var program = typeof(PeersCommand).Assembly.Location;
        var start = new ProcessStartInfo("dotnet", ["exec", program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        _ = errors.Result;
        return (process.ExitCode, output);
    }
}
