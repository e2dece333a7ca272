using System.CommandLine;
using AiKernels.Cli.Terminal;
using AiKernels.Runtime.Engine;

namespace AiKernels.Cli.Commands;

/// <summary><c>replay</c>: generates what a receipt is of once more, and says whether it is the same.</summary>
internal static class ReplayCommand
{
    // Some million tokens of a prompt: what is longer is no receipt.
    private const long LongestReceipt = 64 << 20;

    public static Command Create()
    {
        var receipt = new Argument<string>("RECEIPT") { Description = "A file that 'run --receipt' wrote, or a program that embeds the engine." };
        var model = new Option<string?>("--model", "-m")
        {
            Description = "The model; if left out, the one at the place that the receipt names.",
            HelpName = "MODEL",
        };
        var text = new Option<bool>("--text") { Description = "Print the generated text, and the verdict on standard error." };
        var device = new DeviceInputs();
        var packedCache = Inputs.PackedCache();
        var command = new Command("replay", "Generates a text again from its receipt, and says whether it is the same; exits with 1 if not.")
        {
            receipt, model, text, packedCache,
        };
        device.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed.GetValue(receipt)!, parsed.GetValue(model), parsed.GetValue(text), device.Read(parsed), parsed.GetValue(packedCache), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        string path, string? model, bool showsText, Device device, string? packedCache, CancellationToken cancellation)
    {
        using var result = new ResultWriter();
        var receipt = Read(path);
        using var status = new StatusLine();
        using var file = new ModelFile(model ?? LocalPath(receipt) ?? throw new ArgumentException("the receipt doesn't say where on this machine the model is; --model does"));
        var options = new ModelOptions
        {
            ContextLength = receipt.ContextLength,
            KeyValueType = receipt.KeyValueType,
            PackedCacheFolder = file.PackedCacheFolder(packedCache),
        };
        using var loaded = LoadedModel.FromFile(file, withTokenizer: true, device, options, status, cancellation);
        var difference = receipt.Obstacle(loaded.Model);
        if (difference is null)
        {
            using var engine = new InferenceEngine(loaded.Model);
            var answer = engine.Submit([.. receipt.Prompt], receipt.OptionsFor(loaded.Model), cancellation);
            await foreach (var token in answer)
            {
                if (showsText)
                {
                    status.Write(result, token.Text);
                }
            }

            difference = receipt.IsSame(answer.Receipt) ? null
                : answer.Receipt.TokenHash == receipt.TokenHash ? $"it ends with '{answer.Receipt.FinishReason}', and the receipt's with '{receipt.FinishReason}'"
                : $"these {Numbers.Count(answer.Receipt.GeneratedTokens, "token")} have the hash {answer.Receipt.TokenHash}, and the receipt is of {Numbers.Count(receipt.GeneratedTokens, "token")} with {receipt.TokenHash}";
        }

        status.Dispose();
        var verdict = difference is null
            ? $"the same: {Numbers.Count(receipt.GeneratedTokens, "token")}, {receipt.TokenHash}"
            : $"not the same: {difference}";
        if (showsText)
        {
            result.EndLine();
            Console.Error.WriteLine(verdict);
        }
        else
        {
            result.WriteLine(verdict);
        }

        return difference is null ? 0 : 1;
    }

    /// <summary>A receipt may be a stranger's: no other machine is asked for what it names.</summary>
    private static string? LocalPath(GenerationReceipt receipt) =>
        receipt.ModelPath is { } path && !path.StartsWith("\\\\", StringComparison.Ordinal) && !path.StartsWith("//", StringComparison.Ordinal) ? path : null;

    private static GenerationReceipt Read(string path)
    {
        using var stream = File.OpenRead(path);
        using var bytes = new MemoryStream();
        var block = new byte[1 << 16];
        for (int count; (count = stream.Read(block)) > 0;)
        {
            bytes.Write(block, 0, count);
            if (bytes.Length > LongestReceipt)
            {
                throw new InvalidDataException($"'{path}' is too long for a receipt");
            }
        }

        return GenerationReceipt.Parse(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }
}
