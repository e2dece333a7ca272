using System.Text.Json;
using AiKernels.Benchmarks.Engines;
using AiKernels.Formats;
using AiKernels.Gpu.Benchmarks;
using AiKernels.Gpu.Benchmarks.Reports;
using AiKernels.Gpu.Benchmarks.Suites;
using AiKernels.Gpu.Benchmarks.Timing;
using Xunit;

namespace AiKernels.Gpu.Tests.Benchmarks;

/// <summary>The measurements from end to end on the emulator, and what their figures are made of.</summary>
public sealed class RunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aikernels-gpu-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_part_leaves_its_figures()
    {
        var (plan, output) = (Tiny("emulator:0"), new StringWriter());

        Assert.Equal(0, new Run(plan, output, TextWriter.Null).Execute());

        Assert.Contains("tok/s", output.ToString(), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "gpu.json")));
        var parts = json.RootElement.GetProperty("results").GetProperty("measurements").EnumerateArray()
            .Select(one => one.GetProperty("part").GetString()).ToHashSet();
        Assert.Equal(["Bandwidth", "Kernels", "Decode", "Prefill"], parts);
        var text = File.ReadAllText(Path.Combine(_folder, "gpu.md"));
        Assert.Contains("| attention ", text, StringComparison.Ordinal);
        Assert.Contains("decode reads the largest logit", text, StringComparison.Ordinal);

        // What the backend holds counts to what it is held for.
        Assert.Contains("| norm and product ", text, StringComparison.Ordinal);
        Assert.Contains("| turning and store ", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\| (norm|turning) +\|", text);
    }

    [Fact]
    public void A_device_that_is_not_there_is_a_failure()
    {
        var progress = new StringWriter();

        Assert.Equal(1, new Run(Tiny("cuda:9999"), TextWriter.Null, progress).Execute());

        Assert.StartsWith("there is no device 'cuda:9999' here; ", progress.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_are_shares_of_the_bandwidth_and_of_the_peer()
    {
        var results = new Results();
        results.Measurements.AddRange(
        [
            new(Part.Bandwidth, "reading", "", 0, Seconds(1), Bytes: 2000e9),
            new(Part.Kernels, "down", "Q4_K", 1, new Times([1], Device: 0.5, Host: 1), Bytes: 500e9),
            new(Part.Kernels, "smallest", "Q4_K", 1, new Times([1], Device: 2e-6, Host: 1)),
            new(Part.Cublas, "a product of the peer", "", 2048, Seconds(0.01), Operations: 1e11),
            new(Part.Cublas, "all products of the peer", "", 2048, Seconds(0.1), Operations: 1e12, IsPeer: true),
            new(Part.Decode, "decode", "Q4_K", 1, Seconds(0.01), Bytes: 13e9),
            new(Part.Prefill, "prefill", "Q4_K", 2048, Seconds(0.5), Operations: 1e12),
        ]);

        var text = Summary.Write(Tiny("cuda:0") with { Shape = Plan.DefaultShape }, results);

        Assert.Contains("| down, Q4_K     | 50.0 % |", text, StringComparison.Ordinal);
        Assert.Contains("| smallest, Q4_K | 2.0 us |", text, StringComparison.Ordinal);
        Assert.Contains("decode, Q4_K: 100.0 tok/s, 65.0 % of bandwidth (goal 60 %, reached)", text, StringComparison.Ordinal);
        Assert.Contains("prefill, Q4_K: 4096 tok/s, 2.0 TOPS, 20.0 % of cuBLAS (goal 25 %, missed)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_all_of_the_peers_products_there_is_no_share_of_them()
    {
        var results = new Results();
        results.Measurements.AddRange(
        [
            new(Part.Cublas, "a product of the peer", "", 2048, Seconds(0.01), Operations: 1e11),
            new(Part.Prefill, "prefill", "Q4_K", 2048, Seconds(0.5), Operations: 1e12),
        ]);

        Assert.Contains("2.0 TOPS, an unknown part of cuBLAS", Summary.Write(Tiny("cuda:0"), results), StringComparison.Ordinal);
    }

    [Fact]
    public void A_peer_that_is_wrong_is_a_failure_for_each_product()
    {
        var results = new Results();
        Assert.True(CublasSuite.IsRight("file", [("a", 1e-3), ("b", 1e-2)], results));
        Assert.Empty(results.Failures);

        Assert.False(CublasSuite.IsRight("file", [("a", 1e-3), ("b", 0.02), ("c", double.NaN)], results));
        Assert.Equal(["an output of the product b is 2.0E-002 off", "an output of the product c is NaN off"], results.Failures);
    }

    [Fact]
    public void Tests_that_were_asked_for_and_are_not_there_are_a_failure()
    {
        var results = new Results();
        TestSuite.Run(Tiny("emulator:0"), results, _folder);
        Assert.Empty(results.Failures);
        Assert.Single(results.Notes);

        TestSuite.Run(Tiny("emulator:0") with { MustTest = true }, results, _folder);
        Assert.Single(results.Failures);
    }

    /// <summary>What is refused on the command line is what the backend refuses.</summary>
    [Fact]
    public void More_tokens_than_a_device_takes_are_refused()
    {
        const int tooMany = Plan.MostTokens + 1;
        using var backend = new GpuBackend(GpuDevice.Emulator);
        var x = backend.Allocate(tooMany, 1);
        var gain = backend.Allocate(1, 1);
        Assert.Throws<ArgumentException>(() => backend.RmsNorm(x, gain, 1, x));
        backend.RmsNorm(x.SliceRows(1, Plan.MostTokens), gain, 1, x.SliceRows(1, Plan.MostTokens)); // Held, and then dropped.

        foreach (var option in (string[])["--prompt", "--tokens"])
        {
            Assert.NotEmpty(GpuCommand.Create().Parse([option, $"{tooMany}"]).Errors);
            Assert.Empty(GpuCommand.Create().Parse([option, $"{Plan.MostTokens}"]).Errors);
        }
    }

    private static Times Seconds(double seconds) => new([seconds], null, null);

    private Plan Tiny(string device) => new()
    {
        Device = device,
        Parts = [Part.Bandwidth, Part.Kernels, Part.Decode, Part.Prefill],
        Shape = BenchmarkShapes.Tiny,
        Types = ["Q8_0"],
        Formats = [GgmlType.Q8_0],
        Tokens = [1],
        Prompt = 2,
        Depth = 3,
        Generate = 1,
        Rounds = 1,
        KeyValueType = GgmlType.F16,
        Limit = 300,
        Cublas = null,
        Output = _folder,
    };
}
