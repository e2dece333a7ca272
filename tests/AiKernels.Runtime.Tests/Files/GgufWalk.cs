using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Tests.Files;

/// <summary>Reads all that a file offers, by every member that fits.</summary>
internal static class GgufWalk
{
    public static void ReadEverything(GgufFile file)
    {
        foreach (var entry in file.Metadata.Entries)
        {
            file.Metadata.Describe(entry.Key);
            Read(file.Metadata, entry);
        }

        foreach (var tensor in file.Tensors)
        {
            using var window = file.Map(tensor);
            _ = Sum(window.Bytes);
        }
    }

    public static long Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0L;
        foreach (var value in bytes)
        {
            sum += value;
        }

        return sum;
    }

    private static void Read(GgufMetadata metadata, GgufEntry entry)
    {
        switch (entry.ElementType ?? entry.Type)
        {
            case GgufValueType.String when entry.ElementType is null:
                metadata.GetString(entry.Key);
                break;
            case GgufValueType.String:
                metadata.GetStrings(entry.Key);
                metadata.GetUtf8Strings(entry.Key);
                break;
            case GgufValueType.Boolean when entry.ElementType is null:
                metadata.GetBoolean(entry.Key);
                break;
            case GgufValueType.Boolean:
                metadata.GetBooleans(entry.Key);
                break;
            case GgufValueType.Float32 or GgufValueType.Float64 when entry.ElementType is null:
                metadata.GetFloat(entry.Key);
                break;
            case GgufValueType.Float32 or GgufValueType.Float64:
                metadata.GetFloats(entry.Key);
                break;
            case GgufValueType.Array:
                break;
            default:
                if (entry.ElementType is null)
                {
                    metadata.GetInteger(entry.Key);
                }
                else
                {
                    metadata.GetIntegers(entry.Key);
                }

                break;
        }
    }
}
