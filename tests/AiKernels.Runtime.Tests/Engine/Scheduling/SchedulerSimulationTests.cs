using Xunit;

namespace AiKernels.Runtime.Tests.Engine.Scheduling;

public class SchedulerSimulationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_million_events_lose_nothing(int seed)
    {
        var simulation = new Simulation(seed);
        simulation.Run(1_000_000);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}: {simulation.Events} events, {simulation.Counts}");
    }

    [Fact]
    public void Many_seeds_lose_nothing_and_meet_everything()
    {
        var (reused, copied, preempted, broughtBack) = (0L, 0L, 0L, 0L);
        for (var seed = 100; seed < 400; seed++)
        {
            var simulation = new Simulation(seed);
            simulation.Run(5_000);
            reused += simulation.Counts.Reused;
            copied += simulation.Counts.Copied;
            preempted += simulation.Counts.Preempted;
            broughtBack += simulation.Counts.BroughtBack;
        }

        Assert.All([reused, copied, preempted, broughtBack], count => Assert.True(count > 1000, $"{reused} {copied} {preempted} {broughtBack}"));
    }
}
