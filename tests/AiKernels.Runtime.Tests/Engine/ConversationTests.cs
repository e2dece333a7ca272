using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Sampling;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

public class ConversationTests
{
    private static readonly GenerationOptions Options =
        new() { MaxTokens = 30, Sampling = new SamplingOptions { Temperature = 2, TopK = 0, TopP = 1, MinP = 0, Seed = 7 } };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_goes_on_where_it_ended_and_finds_what_it_computed()
    {
        using var tiny = new TinyModel(new ModelOptions { CacheLength = 2048 });
        var whole = await Read(tiny.Engine.Submit([1, 2, 3], Options with { MaxTokens = 90 }, TestEnds));
        var conversation = tiny.Engine.CreateConversation("somebody");
        await Read(conversation.Submit([1, 2, 3], Options, TestEnds));
        var second = conversation.Submit([], Options, TestEnds);
        await Read(second);
        Assert.Equal(32, second.Statistics.CachedTokens); // All but the last one, which was never computed.
        await Read(conversation.Submit([], Options, TestEnds));
        Assert.Equal([1, 2, 3, .. whole], conversation.Tokens);
    }

    [Fact]
    public async Task Forks_share_what_they_have_in_common_and_part_without_disturbing_each_other()
    {
        using var tiny = new TinyModel(new ModelOptions { CacheLength = 4096 });
        var trunk = tiny.Engine.CreateConversation();
        await Read(trunk.Submit(TinyModel.Tokens(1, 100), Options with { MaxTokens = 1 }, TestEnds));
        var forks = Enumerable.Range(0, 5).Select(_ => trunk.Fork()).ToArray();
        var answers = forks.Select((fork, i) => fork.Submit([i], Options with { MaxTokens = 80 }, TestEnds)).ToArray();
        var said = await Task.WhenAll(answers.Select(Read));
        Assert.All(answers, answer => Assert.InRange(answer.Statistics.CachedTokens, 100, 101)); // The trunk's last token was never computed.
        for (var i = 0; i < forks.Length; i++)
        {
            using var other = new TinyModel(new ModelOptions());
            Assert.Equal(said[i], await Read(other.Engine.Submit([.. trunk.Tokens, i], Options with { MaxTokens = 80 }, TestEnds)));
        }

        Assert.Equal(101, trunk.Tokens.Length);
    }

    [Fact]
    public async Task It_ends_at_the_context_and_goes_on_after_something_was_forgotten()
    {
        using var tiny = new TinyModel(new ModelOptions { ContextLength = 100 });
        var conversation = tiny.Engine.CreateConversation();
        var full = conversation.Submit(TinyModel.Tokens(1, 90), Options, TestEnds);
        await Read(full);
        Assert.Equal((FinishReason.Length, 11), (full.FinishReason, full.Statistics.GeneratedTokens));
        Assert.Throws<ContextFullException>(() => conversation.Submit([1], Options, TestEnds));
        Assert.Equal(101, conversation.Tokens.Length); // What was refused is no part of it.

        Assert.Equal("the conversation has 101 tokens, and not the 60 from 42 on", Assert.Throws<ArgumentException>(() => conversation.Forget(42, 60)).Message);
        Assert.Throws<ArgumentException>(() => conversation.Forget(-1, 1));
        Assert.Throws<ArgumentException>(() => conversation.Forget(1, int.MinValue));
        conversation.Forget(10, 60);
        var tokens = conversation.Tokens;
        var answer = await Read(conversation.Submit([1], Options, TestEnds));
        using var other = new TinyModel(new ModelOptions());
        Assert.Equal(await Read(other.Engine.Submit([.. tokens, 1], Options, TestEnds)), answer);
    }

    [Fact]
    public async Task One_answer_at_a_time()
    {
        using var tiny = new TinyModel(new ModelOptions());
        var conversation = tiny.Engine.CreateConversation();
        var answer = conversation.Submit([1], Options with { MaxTokens = 400 }, TestEnds);
        Assert.Throws<InvalidOperationException>(() => conversation.Submit([1], Options, TestEnds));
        Assert.Throws<InvalidOperationException>(conversation.Fork);
        answer.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.Completion.WaitAsync(TestEnds));
        Assert.Equal(1 + answer.Statistics.GeneratedTokens, conversation.Tokens.Length);
        await foreach (var token in conversation.Submit([], Options with { MaxTokens = 300 }, TestEnds))
        {
            break;
        }

        await Read(conversation.Fork().Submit([], Options, TestEnds)); // Who has left the stream finds the answer ended.
    }

    /// <summary>Of four beams, each goes on with its four likeliest tokens, and the four likeliest of these stay.</summary>
    [Fact]
    public async Task Beams_are_forks()
    {
        const int beams = 4, length = 5;
        using var tiny = new TinyModel(new ModelOptions { CacheLength = 8192 });
        var root = tiny.Engine.CreateConversation();
        await Read(root.Submit(TinyModel.Tokens(1, 70), Options with { MaxTokens = 1 }, TestEnds));
        List<(Conversation Beam, int[] Next, double Score)> open = [(root, [], 0)];
        var cached = 0;
        for (var step = 0; step < length; step++)
        {
            var grown = new List<(Conversation Beam, int[] Next, double Score)>();
            foreach (var (beam, next, score) in open)
            {
                var fork = beam.Fork();
                var answer = fork.Submit(next, Options with { MaxTokens = 1, LogProbabilities = beams }, TestEnds);
                var token = Assert.Single(await answer.ToListAsync(TestEnds));
                cached += answer.Statistics.CachedTokens;
                fork.Forget(fork.Tokens.Length - 1, 1); // What was drawn; the alternatives are wanted.
                grown.AddRange(token.Alternatives.Select(other => (fork, (int[])[other.Id], score + other.LogProbability)));
            }

            open = [.. grown.OrderByDescending(beam => beam.Score).Take(beams)];
        }

        var best = open[0];
        int[] tokens = [.. best.Beam.Tokens, .. best.Next];
        Assert.True(cached >= (70 * ((beams * (length - 1)) + 1)), $"{cached}");
        Assert.Equal(Score(tiny, tokens, root.Tokens.Length), best.Score, 1e-4);
    }

    private static double Score(TinyModel tiny, int[] tokens, int start)
    {
        var score = 0.0;
        for (var i = start; i < tokens.Length; i++)
        {
            var logits = tiny.Logits(tokens[..i]);
            score += logits[tokens[i]] - Math.Log(logits.Sum(logit => Math.Exp(logit)));
        }

        return score;
    }

    private static async Task<int[]> Read(Generation generation) =>
        [.. (await generation.ToListAsync(TestEnds)).Select(token => token.Id)];
}
