using AiKernels.Runtime.Engine;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

/// <summary>Alone, since it counts what the whole process allocates.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public class AllocationTests
{
    /// <remarks>
    /// Of all threads, so that workers count. The runtime allocates on any thread, at times of its own choosing, when it
    /// compiles a method anew or first waits for a lock; a step that allocates does so in each of the spans.
    /// </remarks>
    [Fact]
    public void A_decode_step_allocates_no_managed_memory()
    {
        using var tiny = new TinyModel(new ModelOptions());
        using var sequence = tiny.Model.CreateSequence();
        var logits = new float[TinyModel.Vocabulary];
        var prompt = TinyModel.Tokens(seed: 6, count: 30);
        sequence.Append(prompt, logits);
        var least = long.MaxValue;
        for (var span = 0; span < 10 && least != 0; span++)
        {
            sequence.Truncate(prompt.Length);
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var step = 0; step < 200; step++)
            {
                sequence.Append([step], logits);
            }

            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.Equal(0, least);
    }
}
