using System.Diagnostics;
using AiKernels.Cli.Terminal;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;

namespace AiKernels.Cli.Commands;

/// <summary>How much is measured.</summary>
internal sealed record BenchPlan(int Prompt, int Generate, int Depth, int Repetitions, GgmlType KeyValueType)
{
    public int ContextLength => Depth + Prompt + Generate;
}

/// <summary>Tokens per second of every repetition, ascending; empty where nothing was to be measured.</summary>
internal sealed record BenchSpeeds(double[] Prefill, double[] Decode);

/// <summary>Times prefill and decode on token ids that need no tokenizer; which ids they are changes no speed.</summary>
internal sealed class Bench
{
    // Enough for the runtime to have compiled every path to its best code before anything is timed.
    private const int WarmupPrompt = 64, WarmupTokens = 32;

    // A multiplicative walk over the vocabulary, so that rows of the embedding table are not all the same.
    private const long Stride = 7919;

    private readonly LanguageModel _model;
    private readonly BenchPlan _plan;
    private readonly StatusLine _status;
    private readonly float[] _logits;
    private readonly int[] _tokens;

    public Bench(LanguageModel model, BenchPlan plan, StatusLine status)
    {
        _model = model;
        _plan = plan;
        _status = status;
        var vocabulary = model.Decoder.Spec.VocabularySize;
        _logits = new float[vocabulary];
        _tokens = [.. Enumerable.Range(1, Math.Max(plan.ContextLength, 1)).Select(i => (int)(i * Stride % vocabulary))];
    }

    public BenchSpeeds Measure(CancellationToken cancellation)
    {
        _status.Show(() => "warming up");
        Repeat(_plan with { Prompt = Math.Min(_plan.Prompt, WarmupPrompt), Generate = Math.Min(_plan.Generate, WarmupTokens), Depth = 0 }, cancellation);
        var (prefill, decode) = (new List<double>(), new List<double>());
        for (var repetition = 1; repetition <= _plan.Repetitions; repetition++)
        {
            _status.Show(() => $"repetition {repetition} of {_plan.Repetitions}");
            var (prefillRate, decodeRate) = Repeat(_plan, cancellation);
            Add(prefill, prefillRate);
            Add(decode, decodeRate);
        }

        return new BenchSpeeds([.. prefill.Order()], [.. decode.Order()]);
    }

    private static void Add(List<double> rates, double? rate)
    {
        if (rate is { } measured)
        {
            rates.Add(measured);
        }
    }

    private (double? Prefill, double? Decode) Repeat(BenchPlan plan, CancellationToken cancellation)
    {
        using var sequence = _model.CreateSequence();
        if (plan.Depth > 0)
        {
            sequence.Append(_tokens.AsSpan(0, plan.Depth), _logits, cancellation);
        }

        var start = Stopwatch.GetTimestamp();
        if (plan.Prompt > 0)
        {
            sequence.Append(_tokens.AsSpan(plan.Depth, plan.Prompt), _logits, cancellation);
        }

        var prefill = Rate(plan.Prompt, start);
        start = Stopwatch.GetTimestamp();
        for (var i = 0; i < plan.Generate; i++)
        {
            sequence.Append(_tokens.AsSpan(plan.Depth + plan.Prompt + i, 1), _logits, cancellation);
        }

        return (prefill, Rate(plan.Generate, start));
    }

    private static double? Rate(int tokens, long start) =>
        tokens > 0 ? tokens / Stopwatch.GetElapsedTime(start).TotalSeconds : null;
}
