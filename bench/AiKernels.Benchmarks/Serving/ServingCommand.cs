using System.CommandLine;
using AiKernels.Benchmarks.Engines;
using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Peers;
using AiKernels.Runtime.Models;

namespace AiKernels.Benchmarks.Serving;

/// <summary><c>serving</c>: many requests at once, as hosts put them to an engine.</summary>
internal static class ServingCommand
{
    public const string Name = "serving";

    public static int Run(IReadOnlyList<string> arguments) => Create().Parse(arguments).Invoke();

    private static RootCommand Create()
    {
        var shape = Option("--shape", "The model's shape.", "qwen2.5-1.5b", [.. BenchmarkShapes.Names]);
        var type = Option("--type", "How weights are stored.", "Q4_K_M", [.. QuantizationRecipe.Names]);
        var sequences = CommandOptions.Number("--sequences", "Answers that are generated together.", 16);
        var generate = CommandOptions.Number("--generate", "Tokens of each.", 64);
        var beside = CommandOptions.Number("--beside", "Answers under way while a prompt comes.", 8);
        var prompt = CommandOptions.Number("--prompt", "That prompt's tokens.", 2000);
        var shared = CommandOptions.Number("--shared", "Tokens of the beginning that two requests share.", 2048);
        var rounds = CommandOptions.Number("--rounds", "How often to measure.", 3);
        var threads = CommandOptions.Number("--threads", "Threads that compute.", Environment.ProcessorCount);
        var keyValues = Option("--kv", "How keys and values are stored.", $"{GgmlType.F16}", [.. KeyValueShape.Types.Select(type => $"{type}")]);
        var alone = new Option<bool>("--alone") { Description = "Leave llama.cpp out." };
        var command = new RootCommand("Measures an engine with many requests, beside llama.cpp where it can do the same.")
        {
            shape, type, sequences, generate, beside, prompt, shared, rounds, threads, keyValues, alone,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var withPeer = !parsed.GetValue(alone);
            if (withPeer && LlamaCppInstallation.Obstacle is { } obstacle)
            {
                await Console.Error.WriteLineAsync($"llama.cpp, the peer, is not here: {obstacle}; --alone leaves it out");
                return 1;
            }

            var plan = new ServingPlan
            {
                Shape = parsed.GetRequiredValue(shape),
                Type = parsed.GetRequiredValue(type),
                Sequences = parsed.GetRequiredValue(sequences),
                Generate = parsed.GetRequiredValue(generate),
                Beside = parsed.GetRequiredValue(beside),
                Prompt = parsed.GetRequiredValue(prompt),
                Shared = parsed.GetRequiredValue(shared),
                Rounds = parsed.GetRequiredValue(rounds),
                Threads = parsed.GetRequiredValue(threads),
                KeyValueType = Enum.Parse<GgmlType>(parsed.GetRequiredValue(keyValues)),
                WithPeer = withPeer,
            };
            await new ServingRun(plan, Console.Out).RunAsync(cancellation);
            return 0;
        });
        return command;
    }

    private static Option<string> Option(string name, string description, string fallback, string[] values)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => fallback };
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
