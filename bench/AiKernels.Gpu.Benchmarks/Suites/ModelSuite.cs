using System.Diagnostics;
using System.Globalization;
using AiKernels.Benchmarks.Engines;
using AiKernels.Gpu.Benchmarks.Reports;
using AiKernels.Gpu.Benchmarks.Timing;
using AiKernels.Runtime.Models;

namespace AiKernels.Gpu.Benchmarks.Suites;

/// <summary>A whole model of random weights: tokens one by one from an empty and in a long context, and a prompt.</summary>
internal sealed class ModelSuite(GpuDevice device, Plan plan, Results results)
{
    /// <summary>Measures a model stored by a recipe.</summary>
    public IEnumerable<Measurement> Measure(string type)
    {
        var gpu = new GpuBackend(device);
        var clock = new DeviceClock(device.Kind == GpuKind.Cuda);
        var backend = new ProfiledBackend(gpu, clock);
        using var engine = Load(backend, BenchmarkShapes.Get(plan.Shape), type);
        var headstart = new Headstart(gpu, clock);
        var timer = new LaunchTimer(clock, headstart, plan.Rounds);
        foreach (var depth in plan.Parts.Contains(Part.Decode) ? [0, plan.Depth] : (int[])[])
        {
            yield return Decode(engine, backend, headstart, timer, type, depth);
        }

        foreach (var step in plan.Parts.Contains(Part.Prefill) ? Steps() : [])
        {
            yield return Prefill(engine, backend, headstart, type, step);
        }
    }

    /// <summary>The prompt in steps of the length that hosts use, and in one.</summary>
    private IEnumerable<int> Steps() => new[] { Engine.Chunk, plan.Prompt }.Where(step => step <= plan.Prompt).Distinct();

    private AiKernelsEngine Load(ProfiledBackend backend, ModelShape shape, string type)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            var source = new RandomTensorSource(shape, QuantizationRecipe.Parse(type));
            var engine = new AiKernelsEngine(backend, shape.Spec, source, plan.KeyValueType, Math.Max(plan.Prompt, Engine.Chunk))
            {
                ReadsLargestAlone = true,
            };
            results.Notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{plan.Shape} in {type}: {engine.Work.WeightBytes / 1e9:F2} GB of weights a token, loaded in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s"));
            return engine;
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    private Measurement Decode(AiKernelsEngine engine, ProfiledBackend backend, Headstart headstart, LaunchTimer timer, string type, int depth)
    {
        void Prepare() => engine.Prepare(Math.Max(plan.Depth, plan.Prompt) + plan.Generate, sequences: 1, depth);
        var times = Times.OfRounds(plan.Rounds, plan.Generate, () =>
        {
            Prepare();
            engine.Decode(plan.Generate);
        });
        Prepare();
        var layers = timer.Measure(() => engine.Enqueue(1), mostUnits: 1);
        var what = depth == 0 ? "decode from an empty context" : $"decode behind {depth} tokens";
        Profile(Part.Decode, what, type, backend, headstart, 2 * (layers.Host ?? 0), () => engine.Decode(1));
        return new Measurement(
            Part.Decode,
            what,
            type,
            1,
            layers with { Wall = times.Wall },
            engine.Work.DecodeBytes(DecoderWork.MeanPositions(depth, plan.Generate)),
            engine.Work.DecodeOperations());
    }

    private Measurement Prefill(AiKernelsEngine engine, ProfiledBackend backend, Headstart headstart, string type, int step)
    {
        engine.StepLength = step;
        void Prompt()
        {
            engine.Prepare(Math.Max(plan.Depth, plan.Prompt) + plan.Generate, sequences: 1, depth: 0);
            engine.Prefill(plan.Prompt);
        }

        var what = $"prefill of {plan.Prompt} in steps of {step}";
        var times = Times.OfRounds(plan.Rounds, 1, Prompt);
        Profile(Part.Prefill, what, type, backend, headstart, times.Best, Prompt); // The host takes no longer to enqueue it.
        return new Measurement(Part.Prefill, what, type, plan.Prompt, times, Operations: engine.Work.PrefillOperations(plan.Prompt));
    }

    private void Profile(
        Part part, string what, string type, ProfiledBackend backend, Headstart headstart, double ahead, Action step)
    {
        headstart.Give(ahead);
        backend.Begin();
        step();
        backend.End();
        headstart.Wait();
        var summary = backend.Summary();
        var total = summary.Sum(operation => operation.Seconds);
        results.Profile.AddRange(summary.Select(operation =>
            new ProfileEntry(part, what, type, operation.Operation, operation.Count, operation.Seconds, operation.Seconds / total)));
    }
}
