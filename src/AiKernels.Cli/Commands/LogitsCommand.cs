using System.CommandLine;
using System.Runtime.InteropServices;
using AiKernels.Cli.Terminal;
using AiKernels.Runtime.Engine;

namespace AiKernels.Cli.Commands;

/// <summary><c>logits</c>: what a model predicts after each of the given tokens, as raw numbers.</summary>
internal static class LogitsCommand
{
    public static Command Create()
    {
        var model = Inputs.Model();
        var tokens = new Option<int[]>("--tokens")
        {
            Description = "Token ids with commas between.",
            HelpName = "IDS",
            Required = true,
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = Inputs.ParseIds,
        };
        var output = new Option<string>("--out")
        {
            Description = "Where to write little-endian 32-bit floats [tokens, vocabulary], a row for each position.",
            HelpName = "FILE",
            Required = true,
        };
        var device = new DeviceInputs();
        var packedCache = Inputs.PackedCache();
        var command = new Command("logits", "Writes the logits after each token to a file.")
        {
            model, tokens, output, packedCache,
        };
        device.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(
            () => Run(
                parsed.GetValue(model)!,
                parsed.GetValue(tokens)!,
                parsed.GetValue(output)!,
                device.Read(parsed),
                parsed.GetValue(packedCache),
                cancellation),
            CancellationToken.None));
        return command;
    }

    private static int Run(
        string model, int[] tokens, string output, Device device, string? packedCache, CancellationToken cancellation)
    {
        using var target = new OutputFile(output);
        using var status = new StatusLine();
        using var file = new ModelFile(model);
        if (File.Exists(target.FullPath) && ResolvedPath(file.Path) == target.FullPath)
        {
            throw new ArgumentException("--out is the model itself");
        }

        var options = new ModelOptions
        {
            ContextLength = tokens.Length,
            PackedCacheFolder = file.PackedCacheFolder(packedCache),
        };
        using var loaded = LoadedModel.FromFile(file, withTokenizer: false, device, options, status, cancellation);
        CheckIds(tokens, loaded.Model.Decoder.Spec.VocabularySize);
        using (var sequence = loaded.Model.CreateSequence())
        {
            sequence.AppendReadingAll(
                tokens,
                (position, logits) =>
                {
                    Write(target.Stream, logits);
                    status.Show(() => $"position {Numbers.Count(position + 1)} of {Numbers.Count(tokens.Length)}");
                },
                cancellation);
        }

        target.Complete();
        return 0;
    }

    private static string ResolvedPath(string path) =>
        new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);

    private static void CheckIds(int[] tokens, int vocabulary)
    {
        foreach (var token in tokens)
        {
            if ((uint)token >= (uint)vocabulary)
            {
                throw new ArgumentException($"--tokens holds {token}, but the model's ids run from 0 to {vocabulary - 1}");
            }
        }
    }

    private static void Write(Stream stream, ReadOnlySpan<float> logits)
    {
        if (BitConverter.IsLittleEndian)
        {
            stream.Write(MemoryMarshal.AsBytes(logits));
            return;
        }

        Span<byte> bytes = stackalloc byte[sizeof(float)];
        foreach (var logit in logits)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteSingleLittleEndian(bytes, logit);
            stream.Write(bytes);
        }
    }
}
