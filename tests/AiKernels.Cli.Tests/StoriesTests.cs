using System.Runtime.Intrinsics.X86;
using AiKernels.Cpu;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Cli.Tests;

/// <summary>A real trained model says what its own authors' program says, on every instruction set.</summary>
public class StoriesTests
{
    [Theory]
    [InlineData(null, 1)]
    [InlineData(null, 2)]
    [InlineData("DOTNET_EnableAVX512", 1)]
    [InlineData("DOTNET_EnableAVX512", 2)]
    [InlineData("DOTNET_EnableAVX2", 1)]
    [InlineData("DOTNET_EnableAVX2", 2)]
    [InlineData("DOTNET_EnableHWIntrinsic", 1)]
    [InlineData("DOTNET_EnableHWIntrinsic", 2)]
    public void The_greedy_story_is_exact_to_the_byte_with_instruction_sets_switched_off(string? off, int threads)
    {
        var model = TestData.Path("models/stories260K.gguf");
        var story = File.ReadAllBytes(TestData.Path("models/stories260K.expected_greedy_t0_n200.txt"));
        var environment = off is null ? [] : new[] { (off, "0") };

        var run = CommandLineProcess.Run(
            environment, "run", model, "-p", "", "-n", "200", "--temperature", "0", "--threads", $"{threads}");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(story, run.Output);
        Assert.EndsWith($"; CPU, {InstructionSetWithout(off)}, {threads} threads\n", run.Error, StringComparison.Ordinal);
    }

    /// <summary>What is left of this machine's instruction sets: a switch that did nothing would leave the full one.</summary>
    private static string InstructionSetWithout(string? off) => off switch
    {
        null => Name(CpuFeatures.None),
        "DOTNET_EnableAVX512" => Name(CpuFeatures.Avx512),
        _ => "scalar",
    };

    private static string Name(CpuFeatures without)
    {
        using var backend = new CpuBackend(1, without);
        return backend.Description.Split(", ")[1];
    }
}
