using System.Text;
using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Sampling;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

/// <summary>Generation as hosts see it, on stories260K.</summary>
public class GenerationTests
{
    private static readonly GenerationOptions Greedy = new() { MaxTokens = 60, Sampling = SamplingOptions.Greedy };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_prompt_is_continued_not_repeated()
    {
        using var stories = new Stories();
        var text = await stories.Tell("", Greedy);
        Assert.StartsWith("Once upon a time, there was a little girl", text, StringComparison.Ordinal);

        var start = text[..16];
        Assert.StartsWith(text[16..30], await stories.Tell(start, Greedy), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_string_ends_it_and_is_not_given_out()
    {
        using var stories = new Stories();
        var generation = stories.Engine.Submit("", Greedy with { StopStrings = ["little"] });
        Assert.Equal("Once upon a time, there was a ", await Stories.Read(generation));
        Assert.Equal(FinishReason.Stop, generation.FinishReason);
    }

    [Fact]
    public async Task It_ends_at_the_wanted_length_and_at_the_context()
    {
        using var stories = new Stories(new ModelOptions { ContextLength = 20 });
        var generation = stories.Engine.Submit("", Greedy with { MaxTokens = 5 });
        await Stories.Read(generation);
        Assert.Equal((FinishReason.Length, 5), (generation.FinishReason, generation.Statistics.GeneratedTokens));
        Assert.Equal(1, generation.Statistics.PromptTokens);

        generation = stories.Engine.Submit("", Greedy);
        await Stories.Read(generation);
        Assert.Equal((FinishReason.Length, 20), (generation.FinishReason, generation.Statistics.GeneratedTokens));
    }

    [Fact]
    public async Task A_prompt_longer_than_the_context_is_refused()
    {
        using var stories = new Stories(new ModelOptions { ContextLength = 4 });
        var refusal = await Assert.ThrowsAsync<ContextFullException>(() => stories.Tell("Once upon a time, there was a girl", Greedy));
        Assert.Contains("context of 4", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_seed_tells_the_same_story_and_another_seed_another()
    {
        using var stories = new Stories();
        var options = Greedy with { Sampling = new SamplingOptions { Seed = 5, Temperature = 1 } };
        var first = await stories.Tell("", options);
        Assert.Equal(first, await stories.Tell("", options));
        Assert.NotEqual(first, await stories.Tell("", options with { Sampling = options.Sampling with { Seed = 6 } }));
    }

    [Fact]
    public async Task Cancellation_ends_it_and_frees_its_pages()
    {
        using var stories = new Stories(new ModelOptions { ContextLength = 128 });
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestEnds);
        var read = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in stories.Engine.Submit("", Greedy).WithCancellation(cancellation.Token))
            {
                if (++read == 3)
                {
                    await cancellation.CancelAsync();
                }
            }
        });
        Assert.Equal(3, read);

        await stories.Tell(string.Concat(Enumerable.Repeat("girl ", 40)), Greedy); // Needs every page.
    }

    [Fact]
    public async Task Generations_side_by_side_say_what_they_say_alone()
    {
        using var stories = new Stories(new ModelOptions { CacheLength = 8192 });
        var options = Enumerable.Range(0, 8)
            .Select(seed => Greedy with { Sampling = new SamplingOptions { Seed = (ulong)seed, Temperature = 1 } })
            .ToArray();
        var alone = new List<string>();
        foreach (var option in options)
        {
            alone.Add(await stories.Tell("", option));
        }

        Assert.Equal(alone, await Task.WhenAll(options.Select(option => stories.Tell("", option))));
    }

    [Fact]
    public async Task It_can_be_read_once()
    {
        using var stories = new Stories();
        var generation = stories.Engine.Submit("", Greedy with { MaxTokens = 1 });
        await Stories.Read(generation);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Stories.Read(generation));
    }

    private sealed class Stories : IDisposable
    {
        private readonly CpuBackend _backend = new(2);

        public Stories(ModelOptions? options = null)
        {
            Model = LanguageModel.Load(TestData.Path("models/stories260K.gguf"), _backend, options);
            Engine = new InferenceEngine(Model);
        }

        public LanguageModel Model { get; }

        public InferenceEngine Engine { get; }

        public static async Task<string> Read(Generation generation)
        {
            var text = new StringBuilder();
            await foreach (var token in generation.WithCancellation(TestEnds))
            {
                text.Append(token.Text);
            }

            return text.ToString();
        }

        public Task<string> Tell(string prompt, GenerationOptions options) => Read(Engine.Submit(prompt, options));

        public void Dispose()
        {
            Model.Dispose();
            _backend.Dispose();
        }
    }
}
