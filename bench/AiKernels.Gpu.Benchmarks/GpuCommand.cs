using System.CommandLine;
using AiKernels.Benchmarks.Engines;
using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Runtime.Models;

namespace AiKernels.Gpu.Benchmarks;

/// <summary>The command line.</summary>
internal static class GpuCommand
{
    public static RootCommand Create()
    {
        var device = Option("--device", "The device, by its id.", "cuda:0");
        var only = List("--only", "The parts to run.", Enum.GetValues<Part>());
        var shape = Option("--shape", $"The models' shape: {string.Join(", ", BenchmarkShapes.Names)}.", Plan.DefaultShape);
        shape.AcceptOnlyFromAmong([.. BenchmarkShapes.Names]);
        var types = List("--type", $"How the models are stored: {string.Join(", ", QuantizationRecipe.Names)}.", ["Q4_K", "Q4_K_M", "Q8_0"]);
        types.AcceptOnlyFromAmong([.. QuantizationRecipe.Names]);
        var formats = List("--format", "How single products' weights are stored.", [GgmlType.Q4_K, GgmlType.Q6_K, GgmlType.Q8_0]);
        var tokens = List("--tokens", "Tokens of single products.", [1, 2, 4, 8, 512, 2048]);
        tokens.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int[]>() is not { } counts || counts.Any(count => count is < 1 or > Plan.MostTokens))
            {
                result.AddError($"--tokens needs whole numbers from 1 to {Plan.MostTokens}");
            }
        });
        var prompt = Number("--prompt", "Prompt tokens to time.", 2048);
        var depth = Number("--depth", "Tokens that stand before in the deep decode.", 2048);
        var generate = Number("--generate", "Tokens to time one by one.", 64);
        var rounds = Number("--rounds", "How often to measure.", 5);
        var keyValueTypes = KeyValueShape.Types;
        var keyValues = Option("--kv", $"How keys and values are stored: {string.Join(", ", keyValueTypes)}.", $"{GgmlType.F16}");
        keyValues.AcceptOnlyFromAmong([.. keyValueTypes.Select(type => $"{type}")]);
        var limit = Number("--limit", "Seconds that the tests, a format's products or a model may take before they are ended.", 300);
        var cublas = new Option<string?>("--cublas") { HelpName = "FILE", Description = $"The file of cuBLAS, the peer; {CublasFiles.Variable} names it too. Left out, it is looked for." };
        var output = Option("--output", "The folder of the full figures.", "gpu-results");
        var command = new RootCommand("Tests the GPU backend on this machine's device, and measures it beside what the device could do.")
        {
            device, only, shape, types, formats, tokens, prompt, depth, generate, rounds, keyValues, limit, cublas, output,
        };
        command.SetAction(parsed => new Run(
            new Plan
            {
                Device = parsed.GetRequiredValue(device),
                Parts = parsed.GetRequiredValue(only),
                MustTest = parsed.GetResult(only) is { Implicit: false }, // Without the option all that is there runs.
                Shape = parsed.GetRequiredValue(shape),
                Types = parsed.GetRequiredValue(types),
                Formats = parsed.GetRequiredValue(formats),
                Tokens = parsed.GetRequiredValue(tokens),
                Prompt = parsed.GetRequiredValue(prompt),
                Depth = parsed.GetRequiredValue(depth),
                Generate = parsed.GetRequiredValue(generate),
                Rounds = parsed.GetRequiredValue(rounds),
                KeyValueType = Enum.Parse<GgmlType>(parsed.GetRequiredValue(keyValues)),
                Limit = parsed.GetRequiredValue(limit),
                Cublas = parsed.GetValue(cublas),
                Output = parsed.GetRequiredValue(output),
            },
            Console.Out,
            Console.Error).Execute());
        return command;
    }

    private static Option<string> Option(string name, string description, string fallback) =>
        new(name) { Description = description, HelpName = "NAME", DefaultValueFactory = _ => fallback };

    private static Option<T[]> List<T>(string name, string description, T[] fallback) => new(name)
    {
        Description = description,
        HelpName = "LIST",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => fallback,
    };

    private static Option<int> Number(string name, string description, int fallback)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "NUMBER", DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > Plan.MostTokens)
            {
                result.AddError($"{name} needs a whole number from 1 to {Plan.MostTokens}");
            }
        });
        return option;
    }
}
