using AiKernels.Runtime.Engine.Scheduling;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine.Scheduling;

public class SchedulerTests
{
    private const int PageLength = 4;

    [Fact]
    public void A_tenant_that_comes_later_finds_places_free()
    {
        var scheduler = Make(pages: 100, sequences: 4, ofTenant: 3);
        var first = Enumerable.Range(0, 6).Select(_ => Enqueue(scheduler, "one", tokens: 5)).ToArray();
        Step(scheduler);
        Assert.Equal(first[..3], scheduler.Running);

        var late = Enqueue(scheduler, "other", tokens: 5);
        Step(scheduler);
        Assert.Equal([.. first[..3], late], scheduler.Running);
    }

    [Fact]
    public void Nobody_gives_way_in_vain()
    {
        // Ten pages: one holds eight, the other two; somebody urgent needs six, which the other can't make free.
        var scheduler = Make(pages: 11, sequences: 4);
        var equal = Enqueue(scheduler, "", tokens: 8 * PageLength, priority: 1);
        var lower = Enqueue(scheduler, "", tokens: PageLength);
        Step(scheduler);
        Assert.Equal([equal, lower], scheduler.Running);
        var urgent = Enqueue(scheduler, "", tokens: 6 * PageLength, priority: 1);
        Step(scheduler);
        Assert.Equal((0, false), (lower.Preemptions, urgent.IsRunning));

        scheduler.Remove(equal);
        Step(scheduler);
        Assert.True(urgent.IsRunning);
    }

    [Fact]
    public void Long_prompts_of_one_tenant_dont_hold_up_anothers()
    {
        var scheduler = Make(pages: 1000, sequences: 8);
        var hog = Enumerable.Range(0, 4).Select(seed => Enqueue(scheduler, "hog", 400, seed: seed)).ToArray();
        Step(scheduler);
        var other = Enqueue(scheduler, "other", 40, seed: 9);
        for (var step = 0; step < 4; step++)
        {
            Step(scheduler);
        }

        Assert.Equal(40, other.Computed);
        Assert.InRange(hog.Sum(sequence => sequence.Computed), 20, 60);
    }

    private static Scheduler Make(int pages, int sequences, int ofTenant = int.MaxValue) => new(new SchedulerOptions
    {
        Pages = pages,
        PageLength = PageLength,
        MaxSequences = sequences,
        MaxSequencesOfTenant = ofTenant,
        MaxStepTokens = 2000,
    });

    private static ScheduledSequence Enqueue(Scheduler scheduler, string tenant, int tokens, int priority = 0, int seed = 0)
    {
        var random = new Random((1000 * scheduler.Waiting.Count) + (7 * scheduler.Running.Count) + seed);
        int[] prompt = [.. Enumerable.Range(0, tokens).Select(_ => random.Next(1000))];
        var sequence = new ScheduledSequence(prompt) { Tenant = tenant, Salt = tenant, Priority = priority };
        scheduler.Enqueue(sequence);
        return sequence;
    }

    /// <summary>A step of 20 prompt tokens, after which nobody has got his answer.</summary>
    private static void Step(Scheduler scheduler)
    {
        var plan = scheduler.Plan(TimeSpan.Zero, promptTokens: 20);
        plan.Pages.Clear();
        foreach (var chunk in plan.Chunks)
        {
            scheduler.Advance(chunk);
            if (chunk.ReachesEnd)
            {
                chunk.Sequence.Append(1);
            }
        }
    }
}
