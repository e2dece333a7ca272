using AiKernels.Runtime.Sampling;
using AiKernels.Runtime.Tests.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Sampling;

/// <summary>What each stage leaves, beside its definition in plain arithmetic.</summary>
public class SamplerStageTests
{
    private static readonly SamplingOptions Plain = new() { Temperature = 1, TopK = 0, TopP = 1, MinP = 0 };

    [Fact]
    public void Typical_keeps_what_is_nearest_to_the_entropy()
    {
        foreach (var (logits, probabilities) in Distributions())
        {
            var entropy = -probabilities.Sum(p => p * Math.Log(p));
            var order = Enumerable.Range(0, logits.Length).OrderBy(i => Math.Abs(-Math.Log(probabilities[i]) - entropy)).ToArray();
            var (count, sum) = (0, 0.0);
            for (; count < order.Length && sum < 0.6; count++)
            {
                sum += probabilities[order[count]];
            }

            Assert.Equal(order.Take(count).Order(), Left(logits, list => list.KeepTypical(0.6)).Order());
        }
    }

    [Fact]
    public void Top_n_sigma_keeps_what_is_within_deviations_of_the_largest()
    {
        foreach (var (logits, _) in Distributions())
        {
            var mean = logits.Average();
            var deviation = Math.Sqrt(logits.Average(logit => (logit - mean) * (logit - mean)));
            var expected = Enumerable.Range(0, logits.Length).Where(i => logits[i] >= logits.Max() - (1.2 * deviation));
            Assert.Equal(expected, Left(logits, list => list.KeepTopNSigma(1.2)).Order());
        }
    }

    [Fact]
    public void Top_choices_are_excluded_but_for_the_least_likely()
    {
        foreach (var (logits, probabilities) in Distributions())
        {
            var choices = Enumerable.Range(0, logits.Length).Where(i => probabilities[i] >= 0.1).OrderBy(i => -probabilities[i]).ToArray();
            var excluded = choices.Take(Math.Max(choices.Length - 1, 0));
            Assert.Equal(Enumerable.Range(0, logits.Length).Except(excluded), Left(logits, list => list.ExcludeTopChoices(0.1)).Order());
        }
    }

    [Fact]
    public void Top_choices_are_excluded_as_often_as_said()
    {
        float[] logits = [3, 2.9f, 0];
        var sampler = new Sampler(Plain with { XtcProbability = 0.25f, XtcThreshold = 0.3f, Order = [SamplerStage.Xtc, SamplerStage.TopK], TopK = 1 }, 3);
        var chosen = Enumerable.Range(0, 4000).Select(position => sampler.Sample(logits, new int[position])).ToArray();
        Assert.InRange(chosen.Count(token => token == 1), 900, 1100);
        Assert.DoesNotContain(2, chosen);
    }

    [Fact]
    public void The_temperature_follows_the_entropy()
    {
        foreach (var (logits, probabilities) in Distributions())
        {
            var part = -probabilities.Sum(p => p * Math.Log(p)) / Math.Log(logits.Length);
            var list = List(logits);
            list.FollowEntropy(0.2, 1.4, 1.5);
            Assert.Equal(0.2 + (1.2 * Math.Pow(part, 1.5)), list.Temperature, 1e-9);
        }
    }

    [Fact]
    public void Penalties_count_how_often_and_whether()
    {
        var options = SamplingOptions.Greedy with { FrequencyPenalty = 1, PresencePenalty = 0.5f, RepetitionWindow = 8 };
        Assert.Equal(0, Sample(options, [4, 2.4f, 0], history: [0]));
        Assert.Equal(1, Sample(options, [4, 2.4f, 0], history: [0, 0]));
        Assert.Equal(1, Sample(SamplingOptions.Greedy with { PresencePenalty = 2 }, [4, 2.4f, 0], history: [0]));
        Assert.Equal(2, Sample(SamplingOptions.Greedy with { LogitBias = new Dictionary<int, float> { [0] = float.NegativeInfinity, [2] = 3 } }, [4, 2.4f, 0]));
    }

    [Fact]
    public void Infinite_logits_are_equal_to_each_other_and_above_or_below_all_others()
    {
        const float most = float.PositiveInfinity, least = float.NegativeInfinity;
        var options = new SamplingOptions { Temperature = 1, TopK = 0, TopP = 1, MinP = 0, Order = [SamplerStage.Temperature] };
        for (var seed = 0ul; seed < 20; seed++)
        {
            Assert.Equal(2, Sample(options with { Seed = seed }, [0, 1, most, 2]));
            Assert.Equal(1, Sample(options with { Seed = seed }, [least, 1, least, least]));
            Assert.InRange(Sample(options with { Seed = seed }, [most, most, 3, 3]), 0, 1);
        }

        var bias = options with { LogitBias = new Dictionary<int, float> { [0] = most } };
        Assert.Throws<ArgumentOutOfRangeException>(() => Sample(bias, [0, 1]));
    }

    [Fact]
    public void A_guess_is_none_of_Mirostats_business()
    {
        var options = new SamplingOptions { MirostatTau = 2, Seed = 4 };
        var (sampler, other) = (new Sampler(options, 3), new Sampler(options, 3));
        for (var position = 0; position < 20; position++)
        {
            int[] history = new int[position];
            var token = sampler.Sample([1, 2, 0.5f], history);
            sampler.Accept(token);
            _ = other.Sample([0, 0, 9], history);
            other.Forget();
            Assert.Equal(token, other.Sample([1, 2, 0.5f], history));
            other.Accept(token);
            other.Forget();
            other.Accept(0);
        }
    }

    [Fact]
    public void A_repetition_is_penalized_by_its_length_and_ends_at_breakers()
    {
        var options = SamplingOptions.Greedy with { DryMultiplier = 1, DryBase = 2, DryAllowedLength = 2 };

        // After 2 3 came 4 before: 1 * 2^(2 - 2) = 1; after 1 2 3, too: 1 * 2^(3 - 2) = 2.
        Assert.Equal(4, Sample(options, [0, 0, 0, 0, 9.9f, 8], history: [2, 3, 4, 0, 2, 3]));
        Assert.Equal(5, Sample(options, [0, 0, 0, 0, 9.9f, 8], history: [1, 2, 3, 4, 0, 1, 2, 3]));

        var tokenizer = Vocabularies.Tokenizer("gpt-2");
        var colon = tokenizer.Encode(":").Single();
        var logits = new float[tokenizer.VocabularySize];
        (logits[44], logits[45]) = (9.9f, 8); // From 40 on they are letters.
        int[] broken = [41, 41, colon, 42, 44, 40, 41, 41, colon, 42], whole = [41, 41, 49, 42, 44, 40, 41, 41, 49, 42];
        Assert.Equal(44, new Sampler(options, logits.Length, tokenizer).Sample(logits, broken));
        Assert.Equal(45, new Sampler(options, logits.Length, tokenizer).Sample(logits, whole));

        // What breaks repetitions is no part of one.
        (logits[44], logits[45], logits[colon]) = (0, 9.5f, 9.9f);
        Assert.Equal(colon, new Sampler(options, logits.Length, tokenizer).Sample(logits, [41, 42, colon, 40, 41, 42]));
    }

    [Fact]
    public void After_an_impossible_choice_the_others_are_as_probable_as_ever()
    {
        RankedValue[] all = [new(0, 0), new(0, 1), new(0, 2)];
        var counts = new int[all.Length];
        for (var seed = 0ul; seed < 3000; seed++)
        {
            var sampler = new Sampler(Plain with { Seed = seed }, all.Length);
            var first = sampler.Sample(all, []);
            counts[first == 0 ? sampler.Sample(all.AsSpan(1), [], attempt: 1) : first]++;
        }

        Assert.InRange(counts[1], 1400, 1600); // By the same number it was 2,000.
    }

    [Fact]
    public void Mirostat_brings_the_surprise_near_to_what_was_asked_for()
    {
        var random = new Random(5);
        float[] logits = [.. Enumerable.Range(0, 2000).Select(i => -2 * MathF.Log(i + 1))];
        foreach (var tau in (float[])[1, 2])
        {
            var sampler = new Sampler(Plain with { MirostatTau = tau, Order = [] }, logits.Length);
            var total = logits.Sum(logit => Math.Exp(logit));
            var (surprise, history) = (0.0, new List<int>());
            for (var i = 0; i < 4000; i++)
            {
                var token = sampler.Sample(logits, history.ToArray());
                sampler.Accept(token);
                history.Add(random.Next(logits.Length));
                surprise += -Math.Log2(Math.Exp(logits[token]) / total);
            }

            Assert.InRange(surprise / 4000, tau - 0.6, tau + 0.6);
        }
    }

    [Fact]
    public void Stages_act_in_the_order_that_is_said()
    {
        // The penalty brings 0 down to 1's place only if it acts before the first rank is all that is left.
        var options = SamplingOptions.Greedy with { TopK = 1, RepetitionPenalty = 2 };
        Assert.Equal(1, Sample(options, [3, 2, -5], history: [0]));
        Assert.Equal(0, Sample(options with { Order = [SamplerStage.TopK, SamplerStage.Penalties, SamplerStage.Temperature] }, [3, 2, -5], history: [0]));
        Assert.Equal(0, Sample(options with { Order = [SamplerStage.TopK] }, [3, 2, -5], history: [0]));
    }

    [Fact]
    public void Candidates_are_all_that_any_chain_depends_on()
    {
        var random = new Random(11);
        for (var trial = 0; trial < 3000; trial++)
        {
            var options = Chain(random);
            var logits = Enumerable.Range(0, 30).Select(_ => (float)random.Next(-5, 6)).ToArray();
            var history = Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(6)).ToArray();
            var sampler = new Sampler(options, 30);

            // With all logits in sight, by an option that changes nothing but needs them.
            var all = new Sampler(options with { LogitBias = new Dictionary<int, float>(options.LogitBias) { [29 + 1] = 1 }, Order = options.Order.Contains(SamplerStage.Penalties) ? options.Order : [SamplerStage.Penalties, .. options.Order] }, 30);
            Assert.True(options.Order.Contains(SamplerStage.Penalties) || options is { RepetitionPenalty: 1, FrequencyPenalty: 0, LogitBias.Count: 0 });
            Assert.Equal(all.Sample(logits, history), sampler.Sample(logits, history));
        }
    }

    private static SamplingOptions Chain(Random random)
    {
        var options = new SamplingOptions
        {
            Temperature = random.Next(3) * 0.7f,
            DynamicTemperatureRange = random.Next(4) == 0 ? 0.3f : 0,
            TopK = random.Next(6),
            TopP = random.Next(2) == 0 ? 1 : 0.7f,
            MinP = random.Next(2) == 0 ? 0 : 0.1f,
            TypicalP = random.Next(3) == 0 ? 0.6f : 1,
            TopNSigma = random.Next(3) == 0 ? 1.5f : 0,
            XtcProbability = random.Next(3) == 0 ? 0.5f : 0,
            DryMultiplier = random.Next(3) == 0 ? 2 : 0,
            DryWindow = random.Next(2) == 0 ? 5 : 1024,
            RepetitionPenalty = random.Next(3) switch { 0 => 1, 1 => 1.5f, _ => 0.7f },
            FrequencyPenalty = random.Next(3) == 0 ? 1 : 0,
            LogitBias = random.Next(3) == 0 ? new Dictionary<int, float> { [random.Next(30)] = -3 } : new Dictionary<int, float>(),
            Seed = (ulong)random.Next(),
        };
        var order = SamplingOptions.DefaultOrder.ToArray();
        random.Shuffle(order);
        return options with { Order = random.Next(2) == 0 ? order : SamplingOptions.DefaultOrder };
    }

    private static IEnumerable<(float[] Logits, double[] Probabilities)> Distributions()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 50; trial++)
        {
            var logits = Enumerable.Range(0, random.Next(2, 40)).Select(_ => (random.NextSingle() - 0.5f) * 8).ToArray();
            var total = logits.Sum(logit => Math.Exp(logit));
            yield return (logits, [.. logits.Select(logit => Math.Exp(logit) / total)]);
        }
    }

    private static CandidateList List(float[] logits)
    {
        var (list, ranked) = (new CandidateList(logits.Length), new RankedValue[logits.Length]);
        RankedValue.Largest(logits, ranked);
        list.Set(ranked);
        return list;
    }

    private static int[] Left(float[] logits, Action<CandidateList> stage)
    {
        var list = List(logits);
        stage(list);
        return [.. list.Ranked.ToArray().Select(candidate => candidate.Index)];
    }

    private static int Sample(SamplingOptions options, float[] logits, params int[] history) =>
        new Sampler(options, logits.Length).Sample(logits, history);
}
