using System.CommandLine;
using AiKernels.Benchmarks.Engines;
using AiKernels.Runtime.Models;

namespace AiKernels.Benchmarks.Constrained;

/// <summary><c>constrained</c>: what it costs to follow a grammar.</summary>
internal static class ConstrainedCommand
{
    public const string Name = "constrained";

    public static int Run(IReadOnlyList<string> arguments) => Create().Parse(arguments).Invoke();

    private static RootCommand Create()
    {
        var shape = new Option<string>("--shape") { Description = "The model's shape.", DefaultValueFactory = _ => "qwen2.5-0.5b" };
        shape.AcceptOnlyFromAmong([.. KnownShapes.Names]);
        var type = new Option<string>("--type") { Description = "How weights are stored.", DefaultValueFactory = _ => "Q4_K_M" };
        type.AcceptOnlyFromAmong([.. QuantizationRecipe.Names]);
        var tokenizer = new Option<string?>("--tokenizer") { Description = "Files of a tokenizer; Qwen2's of the test data, if left out." };
        var tokens = CommandOptions.Number("--generate", "Tokens of an answer.", 256);
        var rounds = CommandOptions.Number("--rounds", "How often to measure.", 5);
        var threads = CommandOptions.Number("--threads", "Threads that compute.", Environment.ProcessorCount);
        var command = new RootCommand("Measures answers under grammars beside free ones, in turns.") { shape, type, tokenizer, tokens, rounds, threads };
        command.SetAction((parsed, cancellation) => new ConstrainedRun(
            parsed.GetRequiredValue(shape),
            parsed.GetRequiredValue(type),
            parsed.GetValue(tokenizer) ?? RealData.Path("tokenizers", "qwen2"),
            parsed.GetRequiredValue(tokens),
            parsed.GetRequiredValue(rounds),
            parsed.GetRequiredValue(threads),
            Console.Out).RunAsync(cancellation));
        return command;
    }
}
