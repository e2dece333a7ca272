using AiKernels.Cli.Terminal;
using AiKernels.Runtime.Files;

namespace AiKernels.Cli.Commands;

/// <summary>What is in a file, for people. Whatever comes from the file is made fit for a terminal.</summary>
internal sealed class InspectionText(Inspection inspection, ResultWriter result)
{
    private const int LongestName = 200;

    public void Write()
    {
        var file = inspection.File;
        Line("file", $"{Safe(Path.GetFileName(file.Path))}, {Numbers.Bytes(file.Length)}, GGUF version {file.Version}");
        Line("model", $"{Describe("general.architecture")}, {Describe("general.name")}");
        Line("can be run", inspection.Obstacle is { } obstacle ? $"no: {Safe(obstacle)}" : "yes");
        Line("parameters", Numbers.Count(inspection.Parameters));
        foreach (var format in inspection.Formats)
        {
            Line("format", $"{format.Type}, {Numbers.Count(format.Tensors, "tensor")}, {Numbers.Bytes(format.Bytes)}");
        }

        if (inspection.Memory is { } memory)
        {
            Line("memory", $"{Numbers.Bytes(memory.Total)}: weights {Numbers.Bytes(memory.Weights)}, keys and values "
                + $"{Numbers.Bytes(memory.KeysAndValues)} for {Numbers.Count(memory.ContextLength, "token")}, workspace {Numbers.Bytes(memory.Workspace)}");
        }

        WriteMetadata(file.Metadata);
        WriteTensors(file.Tensors);
    }

    private static string Safe(string text) => Printable.Text(text, LongestName);

    private string Describe(string key) =>
        inspection.File.Metadata.Contains(key) ? inspection.File.Metadata.Describe(key) : $"no {key}";

    private void Line(string name, string value) => result.WriteLine($"{name,-11} {value}");

    private void WriteMetadata(GgufMetadata metadata)
    {
        result.WriteLine($"\nmetadata ({Numbers.Count(metadata.Entries.Count)})");
        foreach (var entry in metadata.Entries)
        {
            var count = entry.ElementType is null ? "" : $" ({Numbers.Count(entry.Count)})";
            result.WriteLine($"  {Safe(entry.Key)} : {entry.TypeName}{count} = {metadata.Describe(entry.Key)}");
        }
    }

    private void WriteTensors(IReadOnlyList<GgufTensor> tensors)
    {
        result.WriteLine($"\ntensors ({Numbers.Count(tensors.Count)})");
        foreach (var tensor in tensors)
        {
            var dimensions = string.Join(" x ", tensor.Dimensions);
            result.WriteLine($"  {Safe(tensor.Name)} : {tensor.Type} {dimensions}, {Numbers.Bytes(tensor.ByteLength)}");
        }
    }
}
