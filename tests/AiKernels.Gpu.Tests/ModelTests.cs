using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Offload;
using AiKernels.Runtime.Engine;
using AiKernels.Tests;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Gpu.Tests;

/// <summary>Whole models say the same on the emulated GPU, and on one that is there, as on the processor, logit by logit.</summary>
public class ModelTests
{
    [Fact]
    public void Stories_go_on_as_on_the_processor() =>
        AssertSame(TestData.Path("models/stories260K.gguf"), tokens: 32, new GpuBackend(GpuDevice.Emulator));

    [Fact]
    public void Stories_go_on_alike_with_some_layers_on_either() =>
        AssertSame(TestData.Path("models/stories260K.gguf"), tokens: 8, new OffloadBackend(new CpuBackend(1), new GpuBackend(GpuDevice.Emulator), 2));

    [Fact]
    public void The_embedded_model_goes_on_as_on_the_processor() =>
        AssertSame(EmbeddedModel(), tokens: 8, new GpuBackend(GpuDevice.Emulator));

    [Theory]
    [InlineData(GgmlType.BF16)]
    [InlineData(GgmlType.Q4_0)]
    public void The_embedded_model_goes_on_with_smaller_keys_and_values(GgmlType type) => AssertSame(
        EmbeddedModel(), tokens: 2, new GpuBackend(GpuDevice.Emulator), new ModelOptions { ContextLength = 64, KeyValueType = type });

    [Fact]
    public void Stories_go_on_on_a_device_as_on_the_processor()
    {
        var path = TestData.Path("models/stories260K.gguf");
        CudaTests.OnDevice(gpu => AssertSame(path, tokens: 32, gpu));
    }

    [Fact]
    public void The_embedded_model_goes_on_on_a_device_as_on_the_processor() =>
        CudaTests.OnDevice(gpu => AssertSame(EmbeddedModel(), tokens: 32, gpu));

    [Fact]
    public void Weights_that_the_processor_packed_are_taken_over()
    {
        var folder = Directory.CreateTempSubdirectory("aikernels-test-");
        try
        {
            var options = new ModelOptions { ContextLength = 64, PackedCacheFolder = folder.FullName };
            PackedCacheState? Load(IBackend backend)
            {
                using var model = LanguageModel.Load(EmbeddedModel(), backend, options);
                return model.PackedCache?.State;
            }

            using var cpu = new CpuBackend();
            Assert.Equal(PackedCacheState.Written, Load(cpu));
            var written = File.ReadAllBytes(Directory.GetFiles(folder.FullName).Single());
            AssertSame(EmbeddedModel(), tokens: 2, new GpuBackend(GpuDevice.Emulator), options);

            // And the other way round.
            File.Delete(Directory.GetFiles(folder.FullName).Single());
            using var gpu = new GpuBackend(GpuDevice.Emulator);
            Assert.Equal(PackedCacheState.Written, Load(gpu));
            Assert.Equal(written, File.ReadAllBytes(Directory.GetFiles(folder.FullName).Single()));
            Assert.Equal(PackedCacheState.Used, Load(gpu));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Several_models_share_a_device()
    {
        using var one = new GpuBackend(GpuDevice.Emulator);
        using var other = new GpuBackend(GpuDevice.Emulator);
        var options = new ModelOptions { ContextLength = 64 };
        using var first = LanguageModel.Load(EmbeddedModel(), one, options);
        using var second = LanguageModel.Load(EmbeddedModel(), other, options);
        using var third = LanguageModel.Load(EmbeddedModel(), other, options);

        var logits = new[] { first, second }.AsParallel().AsOrdered().Select(Logits).ToArray();
        Bits.AssertEqual(logits[0], logits[1]);
        Bits.AssertEqual(logits[0], Logits(third));
    }

    private static float[] Logits(LanguageModel model)
    {
        using var sequence = model.CreateSequence();
        var logits = new float[model.Decoder.Spec.VocabularySize];
        sequence.Append([1, 17, 4], logits);
        sequence.Append([9], logits);
        return logits;
    }

    /// <summary>It lies beside the tests, so that they have it where there is no repository.</summary>
    private static string EmbeddedModel() => Path.Combine(AppContext.BaseDirectory, "shakespeare.gguf");

    /// <summary>Greedy tokens after a prompt of three, and the logits of each.</summary>
    private static void AssertSame(string path, int tokens, IBackend backend, ModelOptions? options = null)
    {
        using var cpu = new CpuBackend();
        using var gpu = backend;
        options ??= new ModelOptions { ContextLength = 64 };
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
