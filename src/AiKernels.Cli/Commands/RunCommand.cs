using System.CommandLine;
using AiKernels.Cli.Terminal;
using AiKernels.Runtime.Engine;

namespace AiKernels.Cli.Commands;

/// <summary><c>run</c>: continues a prompt.</summary>
internal static class RunCommand
{
    private const int MostTokens = int.MaxValue;

    public static Command Create()
    {
        var model = Inputs.Model();
        var prompt = new PromptInputs();
        var tokens = Inputs.Number("--max-tokens", ["-n"], "The most tokens to generate.", 256, (0, MostTokens));
        var sampling = new SamplingInputs();
        var grammar = new GrammarInputs("The text");
        var stops = new Option<string[]>("--stop")
        {
            Description = "Ends the text before this string; may be given several times.",
            HelpName = "TEXT",
            DefaultValueFactory = _ => [],
        };
        var device = new DeviceInputs();
        var context = Inputs.Number("--ctx", [], "Tokens of prompt and text together; 0 for the model's own, at most 4096.", 0, (0, MostTokens));
        var keyValues = Inputs.KeyValueType();
        var packedCache = Inputs.PackedCache();
        var receipt = new Option<string?>("--receipt")
        {
            Description = "Writes what 'replay' needs to generate the same text again to this file, the prompt included.",
            HelpName = "FILE",
        };
        var echo = new Option<bool>("--echo") { Description = "Print the prompt before the text." };
        var json = Inputs.Json();

        var command = new Command("run", "Continues a prompt; standard output gets the text and nothing else.") { model };
        prompt.AddTo(command, grammar);
        Array.ForEach<Option>([tokens, stops, context, keyValues, packedCache, receipt, echo, json], command.Options.Add);
        device.AddTo(command);
        grammar.AddTo(command, isNeeded: false, isGenerated: true);
        sampling.AddTo(command);
        command.SetAction(async (parsed, cancellation) => await RunAsync(
            new TextRun(
                parsed.GetValue(model)!,
                await prompt.ReadAsync(parsed, cancellation),
                device.Read(parsed),
                parsed.GetValue(packedCache),
                new ModelOptions { ContextLength = parsed.GetValue(context), KeyValueType = parsed.GetValue(keyValues) },
                new GenerationOptions
                {
                    MaxTokens = parsed.GetValue(tokens),
                    Sampling = sampling.Read(parsed),
                    Grammar = grammar.Read(parsed),
                    StopStrings = parsed.GetValue(stops)!,
                    ParseSpecial = true,
                },
                parsed.GetValue(receipt),
                parsed.GetValue(echo),
                parsed.GetValue(json)),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(TextRun run, CancellationToken cancellation)
    {
        using var result = new ResultWriter();
        using var status = new StatusLine();
        using var file = new ModelFile(run.Model);
        var options = run.ModelOptions with { PackedCacheFolder = file.PackedCacheFolder(run.PackedCache) };
        using var loaded = LoadedModel.FromFile(file, withTokenizer: true, run.Device, options, status, cancellation);
        return await new TextRunOutput(run, loaded, result, status).RunAsync(cancellation) ? 0 : 1;
    }
}
