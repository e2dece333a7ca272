using AiKernels.Runtime.Sampling;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Runtime.Tests.Sampling;

public class SamplerTests
{
    private const int Tokens = 30;

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

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_vocabulary_without_tokens_is_refused(int vocabularySize) =>
        Assert.Throws<ArgumentOutOfRangeException>(nameof(vocabularySize), () => new Sampler(SamplingOptions.Greedy, vocabularySize));

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void Candidates_that_are_no_tokens_are_refused_by_name(int token)
    {
        foreach (var penalty in (float[])[0.5f, 1, 2])
        {
            var sampler = new Sampler(new SamplingOptions { RepetitionPenalty = penalty }, 3);
            RankedValue[] largest = [new(3, 0), new(2, token), new(1, 1)];
            var failure = Assert.Throws<ArgumentException>("largest", () => sampler.Sample(largest, [0]));
            Assert.Contains($"{token}", failure.Message, StringComparison.Ordinal);
        }
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

    /// <summary>A penalty lowers some logits, or raises them, and others come up: all must be among the candidates.</summary>
    [Fact]
    public void Candidates_are_all_that_a_choice_depends_on() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), (int seed) =>
        {
            var random = new Random(seed);
            var logits = Enumerable.Range(0, Tokens).Select(_ => Logit(random)).ToArray();
            var history = Enumerable.Range(0, random.Next(10)).Select(_ => random.Next(-2, Tokens + 3)).ToArray();
            var options = new SamplingOptions
            {
                Temperature = random.Next(3),
                TopK = random.Next(6),
                TopP = new[] { 0.3f, 0.95f, 1 }[random.Next(3)],
                MinP = new[] { 0, 0.05f, 0.5f }[random.Next(3)],
                RepetitionPenalty = new[] { 0.5f, 1, 2 }[random.Next(3)],
                RepetitionWindow = random.Next(10) == 0 ? int.MaxValue : random.Next(8),
                Seed = (ulong)seed,
            };

            // Without any candidates left out: a penalty of its own first.
            var penalized = (float[])logits.Clone();
            foreach (var token in history.TakeLast(options.RepetitionWindow).Distinct().Where(token => token is >= 0 and < Tokens))
            {
                penalized[token] *= penalized[token] > 0 ? 1 / options.RepetitionPenalty : options.RepetitionPenalty;
            }

            var expected = new Sampler(options with { RepetitionPenalty = 1 }, Tokens).Sample(penalized, history);
            var sampler = new Sampler(options, Tokens);
            var largest = new RankedValue[sampler.Candidates];
            RankedValue.Largest(logits, largest);
            return sampler.Sample(logits, history) == expected && sampler.Sample(largest, history) == expected
                && sampler.Sample(logits, history) == expected; // What it remembers of a call must not count in the next.
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void A_choice_among_the_first_ranks_takes_no_more_candidates()
    {
        static int Candidates(SamplingOptions options) => new Sampler(options, 100).Candidates;
        Assert.Equal(1, Candidates(SamplingOptions.Greedy));
        Assert.Equal(40, Candidates(new SamplingOptions()));
        Assert.Equal(43, Candidates(new SamplingOptions { RepetitionPenalty = 1.5f, RepetitionWindow = 3 }));
        Assert.Equal(100, Candidates(new SamplingOptions { RepetitionPenalty = 0.5f }));
        Assert.Equal(100, Candidates(Plain));
        Assert.Throws<ArgumentException>(() => new Sampler(new SamplingOptions(), 100).Sample(new RankedValue[41], []));
        Assert.Throws<ArgumentException>(() => new Sampler(new SamplingOptions(), 100).Sample(ReadOnlySpan<RankedValue>.Empty, []));
    }

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

    /// <summary>A small whole number, so that some are equal, or at times what is none.</summary>
    private static float Logit(Random random) => random.Next(20) switch
    {
        0 => float.NaN,
        1 => float.NegativeInfinity,
        2 => random.Next(10) == 0 ? float.PositiveInfinity : -0f,
        _ => random.Next(-5, 6),
    };

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
