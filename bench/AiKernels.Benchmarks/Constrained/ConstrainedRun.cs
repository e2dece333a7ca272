using System.Diagnostics;
using System.Globalization;
using AiKernels.Benchmarks.Engines;
using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Text;

namespace AiKernels.Benchmarks.Constrained;

/// <summary>
/// Answers of random weights with a real vocabulary, under grammars and without, in turns. What such a model says is noise, which
/// is hard on grammars: inside a string it hardly ever says what ends it, and half of its candidates are not allowed elsewhere.
/// </summary>
internal sealed class ConstrainedRun(string shape, string type, string tokenizerPath, int tokens, int rounds, int threads, TextWriter output)
{
    private static readonly (string Name, Func<Grammar> Make)[] Grammars =
    [
        ("any JSON", () => Grammar.Json()),
        ("a schema with bounded strings", () => Grammar.FromJsonSchema(
            """
            {"type":"array","items":{"type":"object","properties":{"id":{"type":"integer","minimum":1},
            "name":{"type":"string","maxLength":60},"kind":{"enum":["book","film","song"]},"year":{"type":"integer","minimum":1900,
            "maximum":2100},"tags":{"type":"array","items":{"type":"string","maxLength":20},"maxItems":5}},
            "required":["id","name","kind","year","tags"],"additionalProperties":false}}
            """, new JsonSchemaOptions { Whitespace = JsonWhitespace.Free })),
        ("sentences in GBNF", () => Grammar.FromGbnf("root ::= (word [ ,])* word \".\"\nword ::= [A-Za-z]{1,12}")),
    ];

    private double _waiting;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var tokenizer = Tokenizer.Load(tokenizerPath);
        var model = KnownShapes.Get(shape);
        using var backend = new CpuBackend(threads);
        using var loaded = LanguageModel.Create(
            backend, model.Spec, new RandomTensorSource(model, QuantizationRecipe.Parse(type)), tokenizer,
            new ModelOptions { ContextLength = tokens + 64 }, cancellation);
        using var engine = new InferenceEngine(loaded, new EngineOptions { Speculates = false });
        output.WriteLine($"{shape} {type}, {tokenizer.VocabularySize} tokens, {backend.Description}");
        await AnswerAsync(engine, null, cancellation);
        foreach (var (name, make) in Grammars)
        {
            await CompareAsync(engine, name, make, cancellation);
        }
    }

    private async Task CompareAsync(InferenceEngine engine, string name, Func<Grammar> make, CancellationToken cancellation)
    {
        List<double> first = [], later = [];
        for (var round = 0; round < rounds; round++)
        {
            var grammar = make();
            var free = await AnswerAsync(engine, null, cancellation);
            first.Add(await AnswerAsync(engine, grammar, cancellation) / free); // Nothing is known of the grammar yet.
            free = await AnswerAsync(engine, null, cancellation);
            later.Add(await AnswerAsync(engine, grammar, cancellation) / free);
        }

        output.WriteLine($"{name}: the first answer {Cost(first)}, the next one {Cost(later)}; a free token takes {Milliseconds(_waiting)} ms");
    }

    /// <summary>Seconds for a token, over so many of them, in as many answers as that takes.</summary>
    private async Task<double> AnswerAsync(InferenceEngine engine, Grammar? grammar, CancellationToken cancellation)
    {
        var (count, seconds) = (0, 0.0);
        for (var seed = 0ul; count < tokens; seed++)
        {
            var options = new GenerationOptions
            {
                Grammar = grammar,
                MaxTokens = tokens - count,
                IgnoreEnd = grammar is null,
                Sampling = new() { Seed = seed },
            };
            var generation = engine.Submit([1, 2, 3, 4], options, cancellation);
            long start = 0;
            var steps = 0;
            await foreach (var token in generation)
            {
                start = steps++ == 0 ? Stopwatch.GetTimestamp() : start;
            }

            count += Math.Max(steps - 1, 1);
            seconds += start == 0 ? 0 : Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        var each = seconds / count;
        _waiting = grammar is null ? each : _waiting;
        return each;
    }

    /// <summary>How much more a token takes, at best and in the middle of all pairs.</summary>
    private static string Cost(List<double> ratios)
    {
        var sorted = ratios.Order().ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"{100 * (sorted[0] - 1):+0.0;-0.0} % at best, {100 * (sorted[sorted.Length / 2] - 1):+0.0;-0.0} % in the median");
    }

    private static string Milliseconds(double seconds) => (1000 * seconds).ToString("F2", CultureInfo.InvariantCulture);
}
