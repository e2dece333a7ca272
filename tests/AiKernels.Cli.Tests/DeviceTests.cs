using System.Text.Json;
using Xunit;

namespace AiKernels.Cli.Tests;

/// <summary>What can be computed on, and what <c>--device</c> makes of it.</summary>
public class DeviceTests
{
    [Fact]
    public void The_processor_comes_first_with_its_threads_and_memory()
    {
        using var json = JsonDocument.Parse(CommandLineProcess.Run("devices", "--json").Output);

        var devices = json.RootElement.GetProperty("devices").EnumerateArray().ToList();
        Assert.Equal("cpu", Id(devices[0]));
        Assert.StartsWith("CPU, ", devices[0].GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Equal(Environment.ProcessorCount, devices[0].GetProperty("threads").GetInt32());
        Assert.All(devices, device => Assert.InRange(device.GetProperty("memory_bytes").GetInt64(), 1, long.MaxValue));
        Assert.All(devices.Skip(1), device => Assert.Matches("^cuda:[0-9]+$", Id(device)));
        Assert.Equal(CommandLineProcess.KnowsGpus, json.RootElement.GetProperty("gpu_support").GetBoolean());
    }

    [Fact]
    public void For_people_it_is_a_line_for_each()
    {
        var run = CommandLineProcess.Run("devices");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(Ids(), run.Lines.Select(line => line.Split('\t')[0]));
        Assert.All(run.Lines, line => Assert.Equal(3, line.Split('\t').Length));
        Assert.Equal(run.Lines.Length == 1, run.Error.Length > 0); // Why there is no GPU.
    }

    [Fact]
    public void An_absent_gpu_is_told_from_a_build_that_knows_none()
    {
        Assert.SkipWhen(Ids().Contains("cuda:0"), "this machine has one");
        var expected = CommandLineProcess.KnowsGpus
            ? "there is no device 'cuda:0' here; 'aikernels devices' lists them"
            : "this build has no GPU support, so 'cuda:0' can't be used";

        ErrorTests.AssertFault(CommandLineProcess.Run("run", "demo", "-n", "1", "--device", "cuda:0"), expected);
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("auto")]
    public void Without_a_gpu_the_processor_computes(string device)
    {
        Assert.SkipWhen(device == "auto" && Ids().Any(id => id.StartsWith("cuda:", StringComparison.Ordinal)), "this machine has a GPU");

        var run = CommandLineProcess.Run("run", "demo", "-n", "1", "--device", device, "--threads", "2");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("; CPU, ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_device_says_the_same_and_has_no_roofline_yet()
    {
        Assert.SkipUnless(CommandLineProcess.KnowsGpus, "this was built without ILGPU");

        Assert.Equal(Text("--device", "cpu"), Text("--device", "emulator:0"));

        var bench = CommandLineProcess.Run(
            "bench", "demo", "--prompt", "2", "--generate", "2", "--reps", "1", "--device", "emulator:0", "--json");
        Assert.Equal((0, ""), (bench.ExitCode, bench.Error));
        using var json = JsonDocument.Parse(bench.Output);
        Assert.True(json.RootElement.GetProperty("decode_tokens_per_second").GetDouble() > 0);
        string[] ofTheProcessor = ["threads", "memory_bandwidth_bytes_per_second", "decode_roofline_fraction", "multiply_unit"];
        Assert.All(ofTheProcessor, name => Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty(name).ValueKind));
    }

    [Fact]
    public void A_model_may_have_its_first_layers_on_the_processor()
    {
        Assert.SkipUnless(CommandLineProcess.KnowsGpus, "this was built without ILGPU");

        Assert.Equal(Text("--device", "cpu"), Text("--device", "emulator:0", "--gpu-layers", "1"));

        var run = CommandLineProcess.Run("run", "demo", "-n", "1", "--device", "emulator:0", "--gpu-layers", "1");
        Assert.Contains("; emulator:0, emulated on the processor, and the first ", run.Error, StringComparison.Ordinal);
        ErrorTests.AssertFault(
            CommandLineProcess.Run("run", "demo", "-n", "1", "--device", "cpu", "--gpu-layers", "1"),
            "--gpu-layers is for a GPU, not for --device cpu");
    }

    [Fact]
    public void Layers_for_a_gpu_need_one()
    {
        Assert.SkipWhen(Ids().Any(id => id.StartsWith("cuda:", StringComparison.Ordinal)), "this machine has a GPU");

        ErrorTests.AssertFault(
            CommandLineProcess.Run("run", "demo", "-n", "1", "--gpu-layers", "1"),
            "--gpu-layers needs a GPU, and none can be used; 'aikernels devices' lists them");
    }

    private static string Text(params string[] options) =>
        CommandLineProcess.Run(["run", "demo", "-p", "ROMEO:", "-n", "4", "--temperature", "0", .. options]).Text;

    private static IEnumerable<string> Ids()
    {
        using var json = JsonDocument.Parse(CommandLineProcess.Run("devices", "--json").Output);
        return [.. json.RootElement.GetProperty("devices").EnumerateArray().Select(Id)];
    }

    private static string Id(JsonElement device) => device.GetProperty("id").GetString()!;
}
