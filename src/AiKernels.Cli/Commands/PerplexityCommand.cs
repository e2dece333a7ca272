using System.CommandLine;
using AiKernels.Cli.Terminal;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;

namespace AiKernels.Cli.Commands;

/// <summary><c>perplexity</c>: how well a model predicts a text.</summary>
internal static class PerplexityCommand
{
    private const int DefaultChunk = 512;
    private const int BarLength = 30;
    private const int Digits = 4;

    public static Command Create()
    {
        var model = Inputs.Model();
        var file = Inputs.TextFile("The text.");
        file.Required = true;
        var chunk = Inputs.Number(
            "--chunk", ["-c"], "Tokens that are predicted in one go; each chunk starts anew.", DefaultChunk, (2, int.MaxValue));
        var device = new DeviceInputs();
        var keyValues = Inputs.KeyValueType();
        var packedCache = Inputs.PackedCache();
        var command = new Command("perplexity", "Prints the perplexity of each chunk of a text, and of all.")
        {
            model, file, chunk, keyValues, packedCache,
        };
        device.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(
            () => Run(
                parsed.GetValue(model)!,
                parsed.GetValue(file)!,
                parsed.GetValue(chunk),
                device.Read(parsed),
                parsed.GetValue(packedCache),
                parsed.GetValue(keyValues),
                cancellation),
            CancellationToken.None));
        return command;
    }

    private static int Run(
        string model, string textFile, int chunk, Device device, string? packedCache, GgmlType keyValues, CancellationToken cancellation)
    {
        using var result = new ResultWriter();
        var text = TextFile.Read(textFile);
        using var status = new StatusLine();
        using var file = new ModelFile(model);
        var options = new ModelOptions
        {
            ContextLength = chunk,
            KeyValueType = keyValues,
            PackedCacheFolder = file.PackedCacheFolder(packedCache),
        };
        using var loaded = LoadedModel.FromFile(file, withTokenizer: true, device, options, status, cancellation);
        var chunks = Perplexity.Chunks(loaded.Model, text, chunk).ToList();
        if (chunks.Count == 0)
        {
            throw new ArgumentException($"'{textFile}' has too few tokens to predict any");
        }

        var perplexity = new Perplexity(loaded.Model);
        for (var i = 0; i < chunks.Count; i++)
        {
            status.Show(() => Bar(i, chunks.Count, perplexity));
            var own = perplexity.Add(chunks[i], cancellation);
            status.Write(result, $"{i + 1}\t{Numbers.Decimals(own, Digits)}\n");
        }

        status.Write(result, $"total\t{Numbers.Decimals(perplexity.Total, Digits)}\n");
        status.Dispose();
        loaded.WarnOfLongContext();
        Console.Error.WriteLine($"{Numbers.Count(perplexity.PredictedTokens, "token")} in {Numbers.Count(chunks.Count, "chunk")}; {loaded.Backend.Description}");
        return 0;
    }

    private static string Bar(int done, int all, Perplexity perplexity)
    {
        var filled = (int)((long)BarLength * done / all);
        var bar = new string('#', filled) + new string('-', BarLength - filled);
        var soFar = done == 0 ? "" : $", {Numbers.Decimals(perplexity.Total, Digits)} so far";
        return $"[{bar}] {Numbers.Count(done)} of {Numbers.Count(all, "chunk")}{soFar}";
    }
}
