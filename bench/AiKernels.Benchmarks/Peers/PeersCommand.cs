using System.CommandLine;
using AiKernels.Benchmarks.Engines;
using AiKernels.Benchmarks.Reports;
using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Peers;
using AiKernels.Runtime.Models;

namespace AiKernels.Benchmarks.Peers;

/// <summary><c>peers</c>: llama.cpp and ours on the same file, taking turns.</summary>
internal static class PeersCommand
{
    public const string Name = "peers";

    // The peer's variants of this and that processor, and what ours must leave unused to be their match.
    private static readonly string[] DefaultPairs =
    [
        Pairing.Auto,
        "icelake@prefill;AIKERNELS_DISABLE=amx",
        "haswell@prefill,decode;AIKERNELS_DISABLE=amx,avx512,avxvnni;DOTNET_EnableAVX512=0",
    ];

    public static int Run(IReadOnlyList<string> arguments, string[] commandLine) => Create(commandLine).Parse(arguments).Invoke();

    private static RootCommand Create(string[] commandLine)
    {
        var shape = Option("--shape", "The model's shape.", "qwen2.5-1.5b");
        shape.AcceptOnlyFromAmong([.. BenchmarkShapes.Names]);
        var types = List("--type", "How weights are stored; may be given again.", ["Q4_K_M", "Q4_0", "Q8_0"]);
        types.AcceptOnlyFromAmong([.. QuantizationRecipe.Names]);
        var pairs = List("--pair", "VARIANT[@SCENARIO,...][;NAME=VALUE...]: a variant of the peer, and our process's environment; may be given again.", DefaultPairs);
        pairs.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                try
                {
                    Pairing.Parse(token.Value);
                }
                catch (FormatException problem)
                {
                    result.AddError(problem.Message);
                }
            }
        });
        var prompt = CommandOptions.Number("--prompt", "Prompt tokens to time.", 512);
        var generate = CommandOptions.Number("--generate", "Tokens to time one by one.", 48);
        var depth = CommandOptions.Number("--depth", "Tokens that stand before in the deep scenarios.", 4096);
        var sequences = CommandOptions.Number("--sequences", "Sequences that decode together.", 16);
        var rounds = CommandOptions.Number("--rounds", "Pairs of each measurement.", 3);
        var threads = CommandOptions.Number("--threads", "Threads that compute.", Environment.ProcessorCount);
        var keyValues = Option("--kv", "How ours stores keys and values.", $"{GgmlType.F16}");
        keyValues.AcceptOnlyFromAmong([.. KeyValueShape.Types.Select(type => $"{type}")]);
        var output = Option("--output", "The folder of the reports.", Path.Combine("artifacts", Name));
        var command = new RootCommand("Times llama.cpp and AiKernels on the same random model, taking turns.")
        {
            shape, types, pairs, prompt, generate, depth, sequences, rounds, threads, keyValues, output,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() => Compare(
            new PeersPlan
            {
                Shape = parsed.GetRequiredValue(shape),
                Types = parsed.GetRequiredValue(types),
                Pairings = [.. parsed.GetRequiredValue(pairs).Select(Pairing.Parse)],
                Prompt = parsed.GetRequiredValue(prompt),
                Generate = parsed.GetRequiredValue(generate),
                Depth = parsed.GetRequiredValue(depth),
                Sequences = parsed.GetRequiredValue(sequences),
                Rounds = parsed.GetRequiredValue(rounds),
                Threads = parsed.GetRequiredValue(threads),
                KeyValueType = Enum.Parse<GgmlType>(parsed.GetRequiredValue(keyValues)),
                Output = parsed.GetRequiredValue(output),
            },
            string.Join(' ', commandLine.Select(Quoted)),
            cancellation)));
        return command;
    }

    private static int Compare(PeersPlan plan, string commandLine, CancellationToken cancellation)
    {
        if (LlamaCppInstallation.Obstacle is { } obstacle)
        {
            Console.Error.WriteLine($"llama.cpp, the peer, is not here: {obstacle}");
            return 1;
        }

        try
        {
            void Keep(PeersResult soFar) => new PeersReport(soFar, commandLine).WriteTo(plan.Output);
            var result = new PeersRun(plan, Console.Error, Keep).Run(cancellation);
            Console.Out.Write(new PeersReport(result, commandLine).WriteTo(plan.Output));
            return result.Comparisons.Count > 0 ? 0 : 1;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("cancelled");
            return 130; // As shells count an interruption.
        }
    }

    /// <summary>As a shell takes it.</summary>
    private static string Quoted(string argument) => argument.AsSpan().ContainsAny(" ;@=*") ? $"'{argument}'" : argument;

    private static Option<string> Option(string name, string description, string fallback) =>
        new(name) { Description = description, DefaultValueFactory = _ => fallback };

    private static Option<string[]> List(string name, string description, string[] fallback) =>
        new(name) { Description = description, DefaultValueFactory = _ => fallback };
}
