using System.CommandLine;
using AiKernels.Cli.Terminal;
using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Models;

namespace AiKernels.Cli.Commands;

/// <summary><c>bench</c>: how fast a model runs, or one of random weights at a real model's shape.</summary>
internal static class BenchCommand
{
    private const string DefaultType = "Q4_K_M";
    private const int MostTokens = 1 << 20, MostRepetitions = 1000;

    public static Command Create()
    {
        var model = Inputs.Model();
        model.Arity = ArgumentArity.ZeroOrOne;
        var shape = new Option<string?>("--shape")
        {
            Description = $"Makes random weights at this shape instead: {string.Join(", ", KnownShapes.Names)}.",
            HelpName = "NAME",
        };
        var type = new Option<string?>("--type")
        {
            Description = $"How the weights of --shape are stored: {string.Join(", ", QuantizationRecipe.Names)}; {DefaultType} if left out.",
            HelpName = "NAME",
        };
        var prompt = Inputs.Number("--prompt", [], "Prompt tokens to time.", 512, (0, MostTokens));
        var generate = Inputs.Number("--generate", [], "Tokens to time one by one.", 128, (0, MostTokens));
        var depth = Inputs.Number("--depth", [], "Tokens that stand in the context before, untimed.", 0, (0, MostTokens));
        var device = new DeviceInputs();
        var repetitions = Inputs.Number("--reps", [], "How often to measure.", 3, (1, MostRepetitions));
        var keyValues = Inputs.KeyValueType();
        var packedCache = Inputs.PackedCache();
        var json = Inputs.Json();
        var command = new Command("bench", "Measures prompt and generation speed beside what the machine allows, load time and memory.")
        {
            model, shape, type, prompt, generate, depth, repetitions, keyValues, packedCache, json,
        };
        device.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(model) is null == result.GetValue(shape) is null)
            {
                result.AddError("give either MODEL or --shape NAME");
            }
            else if (result.GetValue(shape) is null && result.GetValue(type) is not null)
            {
                result.AddError("--type is for --shape; a model file has its own types");
            }
            else if (result.GetValue(shape) is not null && result.GetValue(packedCache) is not null)
            {
                result.AddError("--packed-cache is for a model file; random weights are made anew");
            }
        });
        command.SetAction((parsed, cancellation) => Task.Run(
            () => Run(
                new BenchSubject(parsed.GetValue(model), parsed.GetValue(shape), parsed.GetValue(type) ?? DefaultType, parsed.GetValue(packedCache)),
                new BenchPlan(
                    parsed.GetValue(prompt), parsed.GetValue(generate), parsed.GetValue(depth), parsed.GetValue(repetitions), parsed.GetValue(keyValues)),
                device.Read(parsed),
                parsed.GetValue(json),
                cancellation),
            CancellationToken.None));
        return command;
    }

    private static int Run(BenchSubject subject, BenchPlan plan, Device device, bool json, CancellationToken cancellation)
    {
        using var result = new ResultWriter();
        using var status = new StatusLine();
        var options = new ModelOptions { ContextLength = Math.Max(plan.ContextLength, 1), KeyValueType = plan.KeyValueType };
        using var loaded = subject.Load(device, options, status, cancellation);
        var peakOfLoading = PeakMemory.Bytes;
        var before = MeasureMachine(loaded.Backend, status, cancellation);
        var speeds = new Bench(loaded.Model, plan, status).Measure(cancellation);
        // What measuring the machine took is gone again, but stays in the process's own peak.
        var peak = Math.Max(peakOfLoading, Environment.WorkingSet);
        var after = MeasureMachine(loaded.Backend, status, cancellation);
        status.Dispose();
        var report = new BenchReport(subject, plan, loaded, speeds, before is null || after is null ? null : Roofline.Highest(before, after), peak);
        if (json)
        {
            result.WriteObject(report.Write);
        }
        else
        {
            result.Write(report.Text());
        }

        return 0;
    }

    /// <summary>What the processor could do at most; null where another device computes, which nobody measures yet.</summary>
    private static Roofline? MeasureMachine(IBackend backend, StatusLine status, CancellationToken cancellation)
    {
        if (backend is not CpuBackend cpu)
        {
            return null;
        }

        status.Show(() => "measuring the machine");
        return Roofline.Measure(cpu.Threads, cancellation);
    }
}

/// <summary>What is measured: a file, or random weights.</summary>
internal sealed record BenchSubject(string? Model, string? Shape, string Type, string? PackedCache)
{
    public LoadedModel Load(Device device, ModelOptions options, StatusLine status, CancellationToken cancellation)
    {
        if (Shape is not null)
        {
            return LoadedModel.Random(
                KnownShapes.Get(Shape), QuantizationRecipe.Parse(Type), device, options, status, cancellation);
        }

        using var file = new ModelFile(Model!);
        var withCache = options with { PackedCacheFolder = file.PackedCacheFolder(PackedCache) };
        return LoadedModel.FromFile(file, withTokenizer: false, device, withCache, status, cancellation);
    }
}
