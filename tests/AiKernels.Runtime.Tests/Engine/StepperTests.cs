using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Sampling;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

public class StepperTests
{
    private static readonly GenerationOptions Options = new() { MaxTokens = 4, Sampling = SamplingOptions.Greedy };

    [Fact]
    public void Who_is_given_up_while_a_step_runs_is_not_computed_any_more()
    {
        using var tiny = new TinyModel(new ModelOptions { CacheLength = 1024 });
        using var stepper = new Stepper(tiny.Model, new EngineOptions());
        var (left, kept) = (Request(tiny, 400), Request(tiny, 20));
        stepper.Enqueue(left);
        stepper.Enqueue(kept);
        left.IsGivenUp = true; // As if it happened after the plan was made.
        stepper.NoteWithdrawal();
        Assert.True(stepper.TryStep(TimeSpan.Zero));
        Assert.Equal((0, 20), (left.Computed, kept.Computed));
        Assert.Equal((400, 21), (left.Tokens.Length, kept.Tokens.Length));

        stepper.End(left, FinishReason.None, new OperationCanceledException());
        for (var step = 0; step < 3; step++)
        {
            Assert.True(stepper.TryStep(TimeSpan.Zero));
        }

        Assert.Equal([(left, FinishReason.None), (kept, FinishReason.Length)], stepper.Ended.Select(ended => ((EngineRequest)ended.Sequence, ended.Reason)));
        Assert.False(stepper.TryStep(TimeSpan.Zero));
        Assert.Equal((0, 0.0), (stepper.Load.Running, stepper.Load.CacheUse));
    }

    [Fact]
    public void A_step_that_fails_ends_the_requests_in_it_and_gives_back_their_pages()
    {
        using var tiny = new TinyModel(new ModelOptions { CacheLength = 1024 });
        using var stepper = new Stepper(tiny.Model, new EngineOptions { MaxSequences = 2 });
        var requests = Enumerable.Range(1, 3).Select(length => Request(tiny, length)).ToArray();
        Array.ForEach(requests, stepper.Enqueue);
        tiny.Model.Decoder.Dispose(); // Its weights are gone, as a device may be.
        Assert.True(stepper.TryStep(TimeSpan.Zero));
        Assert.Equal(requests[..2], stepper.Ended.Select(ended => ended.Sequence));
        Assert.All(stepper.Ended, ended => Assert.IsType<ObjectDisposedException>(ended.Fault));
        Assert.True(stepper.TryStep(TimeSpan.Zero));
        Assert.Equal(requests, stepper.Ended.Select(ended => ended.Sequence));
        Assert.False(stepper.TryStep(TimeSpan.Zero));
        Assert.Equal((0, 0.0), (stepper.Load.Running, stepper.Load.CacheUse));
    }

    [Fact]
    public void Steps_allocate_little()
    {
        using var tiny = new TinyModel(new ModelOptions { CacheLength = 2048 });
        using var stepper = new Stepper(tiny.Model, new EngineOptions());
        var requests = Enumerable.Range(1, 4).Select(length => Request(tiny, length, Options with { MaxTokens = 500 })).ToArray();
        Array.ForEach(requests, stepper.Enqueue);
        const int steps = 100;
        var least = long.MaxValue;
        for (var span = 0; span < 4; span++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var step = 0; step < steps; step++)
            {
                stepper.TryStep(TimeSpan.Zero);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        // Of channels whose readers don't read, and of a page's entry in the index: 24 and about 5 bytes a token.
        Assert.InRange(least / (steps * requests.Length), 0, 64);
    }

    private static EngineRequest Request(TinyModel tiny, int length, GenerationOptions? options = null) =>
        new(tiny.Model, TinyModel.Tokens(length, length), options ?? Options, new Generation());
}
