using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files;
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

    [Theory]
    [InlineData("llama", GgmlType.F16)] // Whose angles have factors in the file.
    [InlineData("qwen2", GgmlType.Q4_K)]
    [InlineData("qwen3", GgmlType.Q6_K)]
    public void What_a_file_would_take_is_what_it_takes_and_none_is_taken_to_tell(string architecture, GgmlType type)
    {
        var random = new RandomModel(architecture, type, Seed: 1);
        random = random with { FrequencyFactors = [.. Enumerable.Repeat(2f, random.HeadLength / 2)] };
        using var written = random.Write();
        using var file = GgufFile.Open(written.Path);
        var options = new ModelOptions { ContextLength = 100, PrefillChunk = 10 };
        using var nothing = new SmallBackend(0);
        Assert.Equal(file.Tensors.Where(tensor => tensor.Rows > 1).Sum(tensor => tensor.ByteLength), MemoryNeeds.Of(nothing, file, options).Weights);
        using var backend = new CpuBackend(1);
        using var model = LanguageModel.Load(file, backend, options, withTokenizer: false, TestContext.Current.CancellationToken);
        Assert.Equivalent(model.Memory, MemoryNeeds.Of(backend, file, options), strict: true);
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
