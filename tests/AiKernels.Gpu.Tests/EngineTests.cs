using AiKernels.Cpu;
using AiKernels.Offload;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Sampling;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Gpu.Tests;

/// <summary>An engine on a GPU answers as one on the processor, while pages are shared, copied, put away and brought back.</summary>
public class EngineTests
{
    [Fact]
    public Task It_answers_on_the_emulator_as_on_the_processor() => AssertSame(new GpuBackend(GpuDevice.Emulator));

    [Fact]
    public Task It_answers_with_some_layers_on_either_as_on_the_processor() =>
        AssertSame(new OffloadBackend(new CpuBackend(1), new GpuBackend(GpuDevice.Emulator), 2));

    [Fact]
    public async Task It_answers_on_a_device_as_on_the_processor()
    {
        CudaTests.OnDevice(gpu => AssertSame(gpu).GetAwaiter().GetResult());
        await Task.CompletedTask;
    }

    private static async Task AssertSame(IBackend gpu)
    {
        using var backend = gpu;
        using var cpu = new CpuBackend(1);
        var (expected, _) = await Answers(cpu, new ModelOptions { ContextLength = 128, CacheLength = 1024 });
        var (actual, preemptions) = await Answers(backend, new ModelOptions { ContextLength = 128 });
        Assert.Equal(expected, actual);
        Assert.Equal(1, preemptions);
    }

    /// <summary>A request that is urgent, and begins as the one that it takes the place of.</summary>
    private static async Task<(int[][] Tokens, int Preemptions)> Answers(IBackend backend, ModelOptions options)
    {
        const string prompt = "Once upon a time, there was a ";
        using var model = LanguageModel.Load(TestData.Path("models/stories260K.gguf"), backend, options);
        using var engine = new InferenceEngine(model, new EngineOptions { SwapBytes = 1 << 30 });
        var generation = new GenerationOptions { MaxTokens = 20, Sampling = new SamplingOptions { Seed = 1 } };
        var patient = engine.Submit(prompt + "dog", generation, TestContext.Current.CancellationToken);
        while (patient.Statistics.GeneratedTokens == 0)
        {
            Thread.Sleep(1); // Not by reading: an emulated device may keep all of the pool's threads busy until the patient one is through.
        }

        // So urgent that the patient one's age outweighs it in no case: a token of an emulated device can take many seconds.
        var urgent = engine.Submit(prompt + "cat", generation with { MaxTokens = 6, Priority = GenerationOptions.MostPriority }, TestContext.Current.CancellationToken);
        return ([await Read(patient), await Read(urgent)], patient.Statistics.Preemptions);
    }

    private static async Task<int[]> Read(Generation generation) =>
        [.. (await generation.ToListAsync(TestContext.Current.CancellationToken)).Select(token => token.Id)];
}
