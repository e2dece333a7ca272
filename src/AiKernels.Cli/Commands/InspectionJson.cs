using System.Text.Json;
using AiKernels.Runtime.Files;

namespace AiKernels.Cli.Commands;

/// <summary>What is in a file, for programs. Long arrays are counted and shown by their beginning.</summary>
internal sealed class InspectionJson(Inspection inspection)
{
    private const int PreviewLength = 200;

    public void Write(Utf8JsonWriter json)
    {
        var file = inspection.File;
        json.WriteString("file", Path.GetFileName(file.Path));
        json.WriteNumber("bytes", file.Length);
        json.WriteNumber("version", file.Version);
        json.WriteNumber("alignment", file.Alignment);
        json.WriteBoolean("runnable", inspection.Obstacle is null);
        json.WriteString("obstacle", inspection.Obstacle);
        json.WriteNumber("parameters", inspection.Parameters);
        WriteFormats(json);
        WriteMemory(json);
        WriteMetadata(json, file.Metadata);
        WriteTensors(json, file.Tensors);
    }

    private void WriteFormats(Utf8JsonWriter json)
    {
        json.WriteStartArray("formats");
        foreach (var format in inspection.Formats)
        {
            json.WriteStartObject();
            json.WriteString("type", $"{format.Type}");
            json.WriteNumber("tensors", format.Tensors);
            json.WriteNumber("parameters", format.Parameters);
            json.WriteNumber("bytes", format.Bytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteMemory(Utf8JsonWriter json)
    {
        if (inspection.Memory is not { } memory)
        {
            json.WriteNull("memory");
            return;
        }

        json.WriteStartObject("memory");
        json.WriteNumber("weight_bytes", memory.Weights);
        json.WriteNumber("key_value_bytes", memory.KeysAndValues);
        json.WriteNumber("context_length", memory.ContextLength);
        json.WriteNumber("workspace_bytes", memory.Workspace);
        json.WriteNumber("total_bytes", memory.Total);
        json.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter json, GgufMetadata metadata)
    {
        json.WriteStartObject("metadata");
        foreach (var entry in metadata.Entries)
        {
            json.WriteStartObject(entry.Key);
            json.WriteString("type", entry.TypeName);
            if (entry.ElementType is null)
            {
                WriteValue(json, metadata, entry);
            }
            else
            {
                json.WriteNumber("count", entry.Count);
                json.WriteString("preview", metadata.Describe(entry.Key, PreviewLength));
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, GgufMetadata metadata, GgufEntry entry)
    {
        json.WritePropertyName("value");
        switch (entry.Type)
        {
            case GgufValueType.String:
                json.WriteStringValue(metadata.GetString(entry.Key));
                break;
            case GgufValueType.Float32 or GgufValueType.Float64 when metadata.Describe(entry.Key) is "NaN" or "Infinity" or "-Infinity":
                json.WriteStringValue(metadata.Describe(entry.Key)); // JSON has no such numbers.
                break;
            default:
                json.WriteRawValue(metadata.Describe(entry.Key)); // Numbers and booleans read the same in both.
                break;
        }
    }

    private static void WriteTensors(Utf8JsonWriter json, IReadOnlyList<GgufTensor> tensors)
    {
        json.WriteStartArray("tensors");
        foreach (var tensor in tensors)
        {
            json.WriteStartObject();
            json.WriteString("name", tensor.Name);
            json.WriteString("type", $"{tensor.Type}");
            json.WriteStartArray("dimensions");
            foreach (var length in tensor.Dimensions)
            {
                json.WriteNumberValue(length);
            }

            json.WriteEndArray();
            json.WriteNumber("offset", tensor.Offset);
            json.WriteNumber("bytes", tensor.ByteLength);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
