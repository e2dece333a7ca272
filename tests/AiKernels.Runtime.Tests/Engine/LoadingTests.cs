using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Tests.Models;
using AiKernels.Tests;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

public class LoadingTests
{
    [Fact]
    public void A_model_that_needs_more_memory_than_it_may_have_is_refused_in_a_sentence()
    {
        using var file = new RandomModel("llama", GgmlType.Q8_0, Seed: 1).Write();
        using var backend = new CpuBackend(1);
        using var model = LanguageModel.Load(file.Path, backend);
        var needed = model.Memory.Weights + model.Memory.Workspace;

        using var within = LanguageModel.Load(file.Path, backend, new ModelOptions { MemoryLimit = needed });
        var refusal = Assert.Throws<InsufficientMemoryException>(
            () => LanguageModel.Load(file.Path, backend, new ModelOptions { MemoryLimit = needed - 1 }));
        Assert.Matches(@"^the model takes [\d,]+ bytes, and [\d,]+ bytes of memory may be used$", refusal.Message);

        var source = new RandomTensorSource(new ModelShape(TinyModel.Spec(layers: 1), IsTied: true), QuantizationRecipe.Parse("Q8_0"));
        Assert.Throws<InsufficientMemoryException>(() => LanguageModel.Create(
            backend, TinyModel.Spec(layers: 1), source, tokenizer: null, new ModelOptions { MemoryLimit = 1 }));
    }

    [Fact]
    public void A_faulty_vocabulary_is_told_even_where_the_weights_are_being_read()
    {
        var model = new RandomModel("llama", GgmlType.Q8_0, Seed: 1)
        {
            Describe = writer => writer.Add("tokenizer.ggml.padding_token_id", 100_000u),
        };
        using var file = model.Write();
        using var backend = new CpuBackend(1);
        var refusal = Assert.Throws<InvalidDataException>(() => LanguageModel.Load(file.Path, backend));
        Assert.Contains("padding_token_id", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rehearsal_leaves_nothing_behind()
    {
        using var tiny = new TinyModel(new ModelOptions());
        var before = tiny.Logits(1, 2, 3);
        tiny.Model.Decoder.Rehearse(GgmlType.F16);
        Bits.AssertEqual(before, tiny.Logits(1, 2, 3));
    }
}
