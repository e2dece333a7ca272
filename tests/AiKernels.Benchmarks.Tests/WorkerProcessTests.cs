using AiKernels.Benchmarks.Engines;
using AiKernels.Benchmarks.Peers;
using AiKernels.Formats;
using AiKernels.Runtime.Models;
using Xunit;

namespace AiKernels.Benchmarks.Tests;

public class WorkerProcessTests
{
    [Fact]
    public void A_worker_that_ended_meanwhile_fails_like_one_that_ends_at_work()
    {
        using var model = new ForgedModel(BenchmarkShapes.Tiny, QuantizationRecipe.Parse("Q8_0"));
        using var worker = new WorkerProcess(
            [Worker.Ours, model.Path, "1", $"{GgmlType.F32}"], [], TestContext.Current.CancellationToken);
        var scenario = new Scenario("", Phase.Decode, Tokens: 1, Depth: 0, Sequences: 1);
        Assert.True(worker.Measure(scenario, 2) > 0);
        // It can't make room for those, says so, and ends.
        Assert.Throws<InvalidOperationException>(() => worker.Measure(scenario with { Sequences = -1 }, 2));
        worker.WaitForEnd();
        for (var i = 0; i < 3; i++)
        {
            Assert.Throws<InvalidOperationException>(() => worker.Measure(scenario, 2));
        }
    }
}
