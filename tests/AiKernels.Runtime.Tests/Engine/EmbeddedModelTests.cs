using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Sampling;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

/// <summary>The embedded model under many hosts at once, who change their minds.</summary>
public class EmbeddedModelTests
{
    private const int Requests = 64;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whoever_is_left_of_64_requests_gets_what_it_gets_alone(int seed)
    {
        using var backend = new CpuBackend(2);
        using var model = LanguageModel.Load(
            Repository.Path("samples/DemoModel/shakespeare.gguf"), backend, new ModelOptions { ContextLength = 256, CacheLength = 2560 });
        var random = new Random(seed);
        var requests = Enumerable.Range(0, Requests).Select(_ => Request(random)).ToArray();
        var expected = new List<GeneratedToken[]>();
        using (var engine = new InferenceEngine(model, new EngineOptions { Speculates = false }))
        {
            foreach (var (prompt, options, _) in requests)
            {
                expected.Add(await engine.Submit(prompt, options, TestEnds).ToArrayAsync(TestEnds));
            }
        }

        using var together = new InferenceEngine(model, new EngineOptions { MaxSequences = 24, StepTime = TimeSpan.FromMilliseconds(5) });
        var answers = await Task.WhenAll(requests.Select(request => Task.Run(() => Read(together, request))));
        for (var i = 0; i < Requests; i++)
        {
            var leavesAfter = requests[i].LeavesAfter ?? int.MaxValue;
            Assert.Equal(expected[i].Take(leavesAfter).Select(Text), answers[i].Take(leavesAfter).Select(Text));
            Assert.True(leavesAfter < int.MaxValue || answers[i].Count == expected[i].Length, "a survivor gets all of it");
        }

        Assert.InRange(requests.Count(request => request.LeavesAfter is null), 10, 54);
    }

    private static (int, string) Text(GeneratedToken token) => (token.Id, token.Text);

    private static (string Prompt, GenerationOptions Options, int? LeavesAfter) Request(Random random)
    {
        string[] speakers = ["ROMEO:\n", "JULIET:\nO Romeo, ", "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\n", "KING RICHARD III:\nNow is the winter of "];
        var options = new GenerationOptions
        {
            MaxTokens = random.Next(1, 120),
            StopStrings = random.Next(4) == 0 ? ["\n\n"] : [],
            Tenant = $"{random.Next(2)}",
            Priority = random.Next(3),
            Sampling = random.Next(4) == 0
                ? SamplingOptions.Greedy
                : new SamplingOptions { Temperature = 1, Seed = (ulong)random.Next(), RepetitionPenalty = random.Next(2) == 0 ? 1 : 1.2f },
        };
        var prompt = string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => speakers[random.Next(speakers.Length)]));
        return (prompt, options, random.Next(3) == 0 ? random.Next(0, 40) : null);
    }

    /// <summary>Reads an answer, and leaves it as its reader wants.</summary>
    private static async Task<List<GeneratedToken>> Read(
        InferenceEngine engine, (string Prompt, GenerationOptions Options, int? LeavesAfter) request)
    {
        var tokens = new List<GeneratedToken>();
        var generation = engine.Submit(request.Prompt, request.Options, TestEnds);
        if (request.LeavesAfter == 0)
        {
            generation.Cancel();
            return tokens;
        }

        await foreach (var token in generation.WithCancellation(TestEnds))
        {
            tokens.Add(token);
            if (tokens.Count == request.LeavesAfter)
            {
                break;
            }
        }

        return tokens;
    }
}
