using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Tests.Engine;
using Xunit;

namespace AiKernels.Runtime.Tests.Models;

public class DecoderMemoryTests
{
    [Fact]
    public void Wherever_memory_runs_out_everything_is_given_back()
    {
        var source = new RandomTensorSource(new ModelShape(TinyModel.Spec(layers: 1), IsTied: true), QuantizationRecipe.Parse("Q8_0"));
        var failures = 0;
        while (true)
        {
            using var backend = new SmallBackend(failures);
            try
            {
                var model = LanguageModel.Create(backend, TinyModel.Spec(layers: 1), source, tokenizer: null, new ModelOptions());
                Assert.Equal(failures, backend.InUse);
                model.Dispose();
                Assert.Equal(0, backend.InUse);
                break;
            }
            catch (InsufficientMemoryException)
            {
                Assert.Equal(0, backend.InUse);
                failures++;
            }
        }

        Assert.InRange(failures, 20, 100); // Weights, gains, a workspace and a cache.
    }

    [Fact]
    public void A_model_tells_the_memory_it_takes()
    {
        using var tiny = new TinyModel(new ModelOptions { ContextLength = 100, CacheLength = 1000, PrefillChunk = 10 });
        var memory = tiny.Model.Memory;
        Assert.Equal(tiny.Model.Decoder.WeightBytes, memory.Weights);
        Assert.Equal(1024 * 2 * 2 * 2 * 64 * sizeof(float), memory.KeysAndValues); // Sixteen pages of both layers' two heads.

        // A step's residual stream, norms, queries, keys, values, attention, gated, angles; and the last token's logits.
        Assert.Equal(sizeof(float) * ((10 * (256 + 256 + 256 + 128 + 128 + 256 + 512 + 64)) + 256 + 300), memory.Workspace);
        Assert.Equal(100, memory.ContextLength);
        Assert.Equal(memory.Weights + memory.KeysAndValues + memory.Workspace, memory.Total);
    }
}
