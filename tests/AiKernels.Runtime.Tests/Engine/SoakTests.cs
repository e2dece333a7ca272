using System.Diagnostics;
using System.Globalization;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Sampling;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

/// <summary>An engine that runs for long. Alone, since it measures the whole process.</summary>
[CollectionDefinition(nameof(SoakTests), DisableParallelization = true)]
[Collection(nameof(SoakTests))]
public class SoakTests
{
    // AIKERNELS_SOAK_STEPS=1000000 is what a release is tried with; it takes minutes.
    private const string StepsVariable = "AIKERNELS_SOAK_STEPS";

    private const int DefaultSteps = 20_000, Waves = 20;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    /// <remarks>
    /// The heap after a collection, and the memory that the process has from the system, of which the runtime takes and
    /// gives back some as it likes: so the bound is on what a leak of a few bytes a step would be in a million steps.
    /// </remarks>
    [Fact]
    public async Task Memory_stays_flat()
    {
        var steps = int.Parse(Environment.GetEnvironmentVariable(StepsVariable) ?? $"{DefaultSteps}", CultureInfo.InvariantCulture);
        using var tiny = new TinyModel(new ModelOptions { ContextLength = 128, CacheLength = 1024 }, layers: 1);
        var random = new Random(1);
        var (done, heaps, processes) = (0, new List<long>(), new List<long>());
        for (var wave = 0; wave < Waves; wave++)
        {
            while (done < (wave + 1) * (long)steps / Waves)
            {
                done += await RunSome(tiny.Engine, random);
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            heaps.Add(GC.GetTotalMemory(forceFullCollection: true));
            processes.Add(Process.GetCurrentProcess().PrivateMemorySize64);
        }

        var log = string.Create(CultureInfo.InvariantCulture, $"{done} steps; heap {heaps[Waves / 4] / 1e6:F2} to {heaps[^1] / 1e6:F2} MB, process {processes[Waves / 4] / 1e6:F0} to {processes[^1] / 1e6:F0} MB");
        TestContext.Current.TestOutputHelper?.WriteLine(log);
        Assert.True(heaps[^1] - heaps[Waves / 4] < 1_000_000, log);
        Assert.True(processes[^1] - processes[Waves / 4] < 50_000_000, log);
    }

    /// <summary>Some requests at once, a few of which are given up; tells how many tokens they got, which is at least as many as there were steps.</summary>
    private static async Task<int> RunSome(InferenceEngine engine, Random random)
    {
        var options = new GenerationOptions
        {
            MaxTokens = random.Next(1, 100),
            Sampling = new SamplingOptions { Seed = (ulong)random.Next(), Temperature = random.Next(2) },
            Tenant = $"tenant {random.Next(100)}",
        };
        var prompt = TinyModel.Tokens(random.Next(50), random.Next(1, 60));
        var requests = Enumerable.Range(0, random.Next(1, 4)).Select(_ => engine.Submit(prompt, options, TestEnds)).ToArray();
        if (random.Next(5) == 0)
        {
            requests[0].Cancel();
        }

        await Task.WhenAny(Task.WhenAll(requests.Select(request => request.Completion)));
        await Task.WhenAll(requests.Select(request => request.Completion.ContinueWith(_ => { }, TaskScheduler.Default)));
        return requests.Max(request => request.Statistics.GeneratedTokens - request.Statistics.AcceptedTokens);
    }
}
