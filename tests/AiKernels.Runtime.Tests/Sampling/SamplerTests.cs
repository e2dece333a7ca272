using AiKernels.Runtime.Sampling;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Runtime.Tests.Sampling;

public class SamplerTests
{
    private static readonly SamplingOptions Plain = new() { Temperature = 1, TopK = 0, TopP = 1, MinP = 0 };

    [Fact]
    public void Greedy_takes_the_largest_and_the_lower_id_among_equals()
    {
        Assert.Equal(2, Sample(SamplingOptions.Greedy, [1, float.NaN, 5, 5, -9]));
        Assert.Equal(0, Sample(SamplingOptions.Greedy, [float.NegativeInfinity, float.NaN]));
    }

    [Fact]
    public void Frequencies_follow_the_softmax()
    {
        float[] logits = [0, 1, 2, -1];
        var expected = logits.Select(logit => Math.Exp(logit)).ToArray();
        AssertFrequencies(Plain, logits, [.. expected.Select(weight => weight / expected.Sum())]);

        var sharp = logits.Select(logit => Math.Exp(logit / 0.5)).ToArray();
        AssertFrequencies(Plain with { Temperature = 0.5f }, logits, [.. sharp.Select(weight => weight / sharp.Sum())]);
    }

    [Fact]
    public void Top_k_top_p_and_min_p_keep_what_they_say()
    {
        // Probabilities 0.4, 0.3, 0.2, 0.1.
        float[] logits = [MathF.Log(0.1f), MathF.Log(0.4f), MathF.Log(0.2f), MathF.Log(0.3f)];
        Assert.Equal([1, 3], Kept(Plain with { TopK = 2 }, logits));
        Assert.Equal([1, 3], Kept(Plain with { TopP = 0.6f }, logits));
        Assert.Equal([1, 2, 3], Kept(Plain with { TopP = 0.8f }, logits));
        Assert.Equal([1, 3], Kept(Plain with { MinP = 0.6f }, logits));
        Assert.Equal([0, 1, 2, 3], Kept(Plain, logits));
        Assert.Equal([1], Kept(Plain with { TopK = 1 }, logits));
        Assert.Equal([1], Kept(Plain with { MinP = 1 }, logits));
    }

    [Fact]
    public void The_penalty_counts_each_recent_token_once()
    {
        var options = SamplingOptions.Greedy with { RepetitionPenalty = 2, RepetitionWindow = 2 };
        Assert.Equal(1, Sample(options, [3, 2, -5], history: [0, 0]));
        Assert.Equal(0, Sample(options, [3, 2, -5], history: [0, 1, 2])); // 0 is not recent any more; 1 and 2 lose.
        Assert.Equal(1, Sample(options, [-2, -3, -9], history: [0]));
    }

    [Fact]
    public void Logits_of_another_number_than_the_tokens_are_refused()
    {
        var sampler = new Sampler(SamplingOptions.Greedy, 3);
        Assert.Equal(2, sampler.Sample([1, 2, 3], []));
        Assert.Throws<ArgumentException>(() => sampler.Sample([1, 2], [])); // The 3 of the last call is not remembered.
        Assert.Throws<ArgumentException>(() => sampler.Sample([1, 2, 3, 4], []));
    }

    [Fact]
    public void The_choice_depends_on_seed_and_position_alone()
    {
        float[] logits = [.. Enumerable.Range(0, 100).Select(i => MathF.Sin(i))];
        var sampler = new Sampler(Plain with { Seed = 3 }, 100);
        var first = sampler.Sample(logits, [1, 2, 3]);
        sampler.Sample(logits, [1]);
        Assert.Equal(first, sampler.Sample(logits, [4, 5, 6]));
        Assert.Equal(first, new Sampler(Plain with { Seed = 3 }, 100).Sample(logits, [1, 2, 3]));
    }

    [Fact]
    public void Ranking_agrees_with_a_stable_sort() =>
        Prop.ForAll(ArbMap.Default.ArbFor<float[]>(), ArbMap.Default.ArbFor<byte>(), (logits, count) =>
        {
            var ranked = new RankedLogits(logits.Length);
            ranked.Rank(logits, 1 + count);
            var expected = Enumerable.Range(0, logits.Length)
                .OrderByDescending(i => float.IsNaN(logits[i]) ? float.NegativeInfinity : logits[i])
                .Take(1 + count);
            return expected.SequenceEqual(Enumerable.Range(0, ranked.Count).Select(ranked.Token));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        foreach (var options in (SamplingOptions[])[
            new() { Temperature = -1 }, new() { Temperature = float.NaN }, new() { TopK = -1 }, new() { TopP = 0 },
            new() { TopP = 1.1f }, new() { MinP = -0.1f }, new() { RepetitionPenalty = 0 }, new() { RepetitionWindow = -1 }])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new Sampler(options, 10));
        }
    }

    private static int Sample(SamplingOptions options, float[] logits, params int[] history) =>
        new Sampler(options, logits.Length).Sample(logits, history);

    private static int[] Kept(SamplingOptions options, float[] logits) =>
        [.. Draws(options, logits, 2000).Distinct().Order()];

    private static IEnumerable<int> Draws(SamplingOptions options, float[] logits, int count)
    {
        var sampler = new Sampler(options, logits.Length);
        var history = new int[count];
        return Enumerable.Range(0, count).Select(position => sampler.Sample(logits, history.AsSpan(0, position)));
    }

    private static void AssertFrequencies(SamplingOptions options, float[] logits, double[] expected)
    {
        const int count = 20_000;
        var seen = Draws(options, logits, count).CountBy(token => token).ToDictionary();
        for (var token = 0; token < expected.Length; token++)
        {
            var deviation = Math.Sqrt(expected[token] * (1 - expected[token]) / count);
            Assert.InRange((double)seen[token] / count, expected[token] - (4 * deviation), expected[token] + (4 * deviation));
        }
    }
}
