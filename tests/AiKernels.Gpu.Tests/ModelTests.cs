using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Tests;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Gpu.Tests;

/// <summary>Whole models say the same on the emulated GPU as on the processor, logit by logit.</summary>
public class ModelTests
{
    [Fact]
    public void Stories_go_on_as_on_the_processor() => AssertSame(TestData.Path("models/stories260K.gguf"), tokens: 32);

    [Fact]
    public void The_embedded_model_goes_on_as_on_the_processor()
    {
        var path = Repository.Path("samples/DemoModel/shakespeare.gguf");
        Assert.SkipUnless(File.Exists(path), $"{path} is not there");
        AssertSame(path, tokens: 8);
    }

    /// <summary>Greedy tokens after a prompt of three, and the logits of each.</summary>
    private static void AssertSame(string path, int tokens)
    {
        using var cpu = new CpuBackend();
        using var gpu = new GpuBackend(GpuDevice.Emulator);
        var options = new ModelOptions { ContextLength = 64 };
        using var expected = LanguageModel.Load(path, cpu, options);
        using var actual = LanguageModel.Load(path, gpu, options);
        using var one = expected.CreateSequence();
        using var other = actual.CreateSequence();
        var (logits, others) = (new float[expected.Decoder.Spec.VocabularySize], new float[expected.Decoder.Spec.VocabularySize]);
        int[] next = [1, 17, 4];
        for (var i = 0; i < tokens; i++)
        {
            one.Append(next, logits, TestContext.Current.CancellationToken);
            other.Append(next, others, TestContext.Current.CancellationToken);
            Bits.AssertEqual(logits, others);
            next = [Array.IndexOf(logits, logits.Max())];
        }
    }
}
