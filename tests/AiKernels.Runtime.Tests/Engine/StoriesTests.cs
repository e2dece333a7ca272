using System.Text;
using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Sampling;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

/// <summary>A real trained model says what its own authors' program says.</summary>
public class StoriesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Stories260K_tells_its_greedy_story(int threads)
    {
        var path = TestData.Path("models/stories260K.gguf");
        var expected = await File.ReadAllTextAsync(
            TestData.Path("models/stories260K.expected_greedy_t0_n200.txt"), TestContext.Current.CancellationToken);
        using var backend = new CpuBackend(threads);
        using var model = LanguageModel.Load(path, backend);
        using var engine = new InferenceEngine(model);

        var text = new StringBuilder();
        var generation = engine.Submit("", new GenerationOptions { MaxTokens = 200, Sampling = SamplingOptions.Greedy });
        await foreach (var token in generation.WithCancellation(TestContext.Current.CancellationToken))
        {
            text.Append(token.Text);
        }

        Assert.Equal(expected.TrimEnd('\n'), text.ToString().TrimEnd('\n'));
    }
}
