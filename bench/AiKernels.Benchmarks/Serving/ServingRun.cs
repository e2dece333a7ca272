using AiKernels.Benchmarks.Peers;
using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Sampling;

namespace AiKernels.Benchmarks.Serving;

/// <summary>Measures an engine as its hosts use it, by its public surface, on a model of random weights.</summary>
/// <param name="plan">What is measured.</param>
/// <param name="output">Where the figures go.</param>
internal sealed class ServingRun(ServingPlan plan, TextWriter output)
{
    // Tokens of the second request's own.
    private const int OwnTokens = 8;

    private static readonly GenerationOptions Greedy = new() { Sampling = SamplingOptions.Greedy, IgnoreEnd = true };

    // Of the text of which guesses are made.
    private const int SpeculationPrompt = 512;

    // Memory changes its speed within seconds; a small difference needs many pairs.
    private const int PairsARound = 5;

    private int[] _text = [];
    private int _vocabulary, _prompts;

    public async Task RunAsync(CancellationToken cancellation)
    {
        using var file = new ForgedModel(plan.Shape, QuantizationRecipe.Parse(plan.Type));
        using var backend = new CpuBackend(plan.Threads);
        var context = Math.Max(Math.Max(plan.Prompt, plan.Shared), SpeculationPrompt) + (4 * plan.Generate) + 64;
        var options = new ModelOptions
        {
            ContextLength = context,
            CacheLength = (plan.Sequences + plan.Beside + 4) * (plan.Generate + 64) + (2 * context),
            KeyValueType = plan.KeyValueType,
        };
        using var model = LanguageModel.Load(file.Path, backend, options, cancellation);
        using var engine = new InferenceEngine(model);
        using var plain = new InferenceEngine(model, new EngineOptions { Speculates = false });
        using var peer = plan.WithPeer
            ? new WorkerProcess([Worker.Peer, file.Path, $"{plan.Threads}", Pairing.Auto], [], cancellation)
            : null;
        _vocabulary = model.Decoder.Spec.VocabularySize;
        _text = [.. EnglishText.Tokens().Select(token => token % _vocabulary)]; // A smaller one repeats itself a little more.
        output.WriteLine($"{plan.Shape} {plan.Type}, keys and values {plan.KeyValueType}, {backend.Description}{(peer is null ? "" : $"; {peer.Description}")}");
        await Together(plain, 16);
        for (var round = 1; round <= plan.Rounds; round++)
        {
            output.WriteLine($"round {round}");
            await CompareTogether(plain, peer);
            await Beside(plain);
            await Shared(plain);
        }

        await Speculation(engine, plain, "that repeats its prompt", i => _text[i % _text.Length]);
        await Speculation(engine, plain, "that doesn't", i => _text[(i + (_text.Length / 2)) % _text.Length]);
    }

    private async Task CompareTogether(InferenceEngine engine, WorkerProcess? peer)
    {
        var ours = await Together(engine, plan.Generate);
        var line = FormattableString.Invariant($"  {plan.Sequences} answers together: {ours:F1} tokens/s");
        if (peer is not null)
        {
            var scenario = new Scenario("together", Phase.Decode, plan.Generate, 0, plan.Sequences);
            var theirs = peer.Measure(scenario, scenario.Positions);
            line += FormattableString.Invariant($", llama.cpp {theirs:F1}: {ours / theirs:F2} times");
        }

        output.WriteLine(line);
    }

    /// <summary>All tokens per second, from the moment when the first one was there.</summary>
    private async Task<double> Together(InferenceEngine engine, int tokens)
    {
        var answers = Enumerable.Range(0, plan.Sequences).Select(_ => Answer(engine, Prompt(1), tokens)).ToArray();
        await Task.WhenAll(answers.Select(answer => answer.End));
        var times = answers.SelectMany(answer => answer.Times).Order().ToArray();
        return (times.Length - plan.Sequences) / (times[^1] - times[0]).TotalSeconds;
    }

    private async Task Beside(InferenceEngine engine)
    {
        var answers = Enumerable.Range(0, plan.Beside).Select(_ => Answer(engine, Prompt(1), plan.Prompt)).ToArray();
        await Task.WhenAll(answers.Select(answer => answer.More(4)));
        var start = TokenTimes.Now;
        var prompt = Answer(engine, Prompt(plan.Prompt), 1);
        await prompt.End;
        await Task.WhenAll(answers.Select(answer => answer.More(1)));
        var covered = answers.All(answer => !answer.End.IsCompleted) ? "" : " (some answers had ended before)";
        await Task.WhenAll(answers.Select(answer => answer.Cancel()));
        var gap = answers.Max(answer => answer.LongestGap(start));
        output.WriteLine(FormattableString.Invariant(
            $"  a prompt of {plan.Prompt} beside {plan.Beside} answers: none stalls longer than {gap.TotalMilliseconds:F0} ms{covered}; the prompt takes {prompt.ToFirst.TotalSeconds:F2} s"));
    }

    private async Task Shared(InferenceEngine engine)
    {
        var beginning = Prompt(plan.Shared);
        var first = Answer(engine, [.. beginning, .. Prompt(OwnTokens)], 1);
        await first.End;
        var second = Answer(engine, [.. beginning, .. Prompt(OwnTokens)], 1);
        await second.End;
        output.WriteLine(FormattableString.Invariant(
            $"  a beginning of {plan.Shared} tokens: first token after {first.ToFirst.TotalMilliseconds:F0} ms, the second time after {second.ToFirst.TotalMilliseconds:F1} ms, {first.ToFirst / second.ToFirst:F0} times sooner ({second.Statistics.CachedTokens} tokens found)"));
    }

    /// <summary>A text's second quarter after its first, once as it is and once as something else was before.</summary>
    private async Task Speculation(InferenceEngine engine, InferenceEngine plain, string what, Func<int, int> text)
    {
        async Task<(double Rate, GenerationStatistics Statistics)> Rate(InferenceEngine engine)
        {
            var prompt = Enumerable.Range(0, SpeculationPrompt).Select(i => _text[i]).ToArray();
            var options = Greedy with { MaxTokens = 4 * plan.Generate, Script = length => text(length - SpeculationPrompt) };
            var answer = new TokenTimes(() => engine.Submit(prompt, options));
            await answer.End;
            var times = answer.Times;
            return ((times.Length - 1) / (times[^1] - times[0]).TotalSeconds, answer.Statistics);
        }

        var (with, without) = (new List<double>(), new List<double>());
        var statistics = new GenerationStatistics();
        for (var pair = 0; pair < PairsARound * plan.Rounds; pair++)
        {
            // Taking turns at being the first.
            var isPlainFirst = pair % 2 == 0;
            var first = await Rate(isPlainFirst ? plain : engine);
            var second = await Rate(isPlainFirst ? engine : plain);
            with.Add(isPlainFirst ? second.Rate : first.Rate);
            without.Add(isPlainFirst ? first.Rate : second.Rate);
            statistics = isPlainFirst ? second.Statistics : first.Statistics;
        }

        var median = with.Zip(without, (ours, plain) => ours / plain).Order().ElementAt(with.Count / 2);
        output.WriteLine(FormattableString.Invariant(
            $"a text {what}: at best {with.Max():F1} tokens/s, without guessing {without.Max():F1}: {with.Max() / without.Max():F2} times, the median pair {median:F2} times ({statistics.AcceptedTokens} of {statistics.DraftedTokens} guesses right)"));
    }

    private static TokenTimes Answer(InferenceEngine engine, int[] prompt, int tokens) =>
        new(() => engine.Submit(prompt, Greedy with { MaxTokens = tokens }));

    /// <summary>Tokens that no prompt before had.</summary>
    private int[] Prompt(int length)
    {
        var random = new Random(_prompts++);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(_vocabulary))];
    }
}
