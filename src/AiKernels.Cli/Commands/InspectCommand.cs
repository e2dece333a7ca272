using System.CommandLine;
using AiKernels.Cli.Terminal;
using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files;

namespace AiKernels.Cli.Commands;

/// <summary><c>inspect</c>: what is in a GGUF file, whether or not it can be run.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var model = Inputs.Model();
        var json = Inputs.Json();
        var command = new Command("inspect", "Shows what is in a GGUF file and what memory it would need.") { model, json };
        command.SetAction(parsed => Run(parsed.GetValue(model)!, parsed.GetValue(json)));
        return command;
    }

    private static int Run(string model, bool json)
    {
        using var file = new ModelFile(model);
        using var gguf = GgufFile.Open(file.Path);
        var inspection = Inspection.Of(gguf);
        using var result = new ResultWriter();
        if (json)
        {
            result.WriteObject(new InspectionJson(inspection).Write);
        }
        else
        {
            new InspectionText(inspection, result).Write();
        }

        return 0;
    }
}

/// <summary>What a file holds in sum.</summary>
/// <param name="File">The file.</param>
/// <param name="Memory">What it would need; null where it can't be run.</param>
/// <param name="Obstacle">Why it can't be run, or null.</param>
/// <param name="Formats">Each format with its tensors, the largest first.</param>
internal sealed record Inspection(
    GgufFile File, MemoryNeeds? Memory, string? Obstacle, IReadOnlyList<FormatShare> Formats)
{
    public long Parameters => Formats.Sum(format => format.Parameters);

    public static Inspection Of(GgufFile file)
    {
        var formats = file.Tensors
            .GroupBy(tensor => tensor.Type)
            .Select(group => new FormatShare(
                group.Key, group.Count(), group.Sum(tensor => tensor.Rows * tensor.Columns), group.Sum(tensor => tensor.ByteLength)))
            .OrderByDescending(format => format.Bytes)
            .ToList();
        using var backend = new CpuBackend(threads: 1);
        try
        {
            return new Inspection(file, MemoryNeeds.Of(backend, file, new ModelOptions()), null, formats);
        }
        catch (InvalidDataException obstacle)
        {
            return new Inspection(file, null, obstacle.Message, formats);
        }
        catch (OutOfMemoryException)
        {
            return new Inspection(file, null, "this machine has too little memory for it", formats);
        }
    }
}

/// <summary>What is stored in one format.</summary>
internal sealed record FormatShare(GgmlType Type, int Tensors, long Parameters, long Bytes);
