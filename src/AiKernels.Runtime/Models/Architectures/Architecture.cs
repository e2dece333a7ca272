using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Models.Architectures;

/// <summary>The architectures that can be run: one line each.</summary>
public static class Architecture
{
    private static readonly Dictionary<string, Func<ArchitectureMetadata, DecoderSpec>> ByName = new()
    {
        ["llama"] = Llama.Read,
        ["qwen2"] = Qwen2.Read,
        ["qwen3"] = Qwen3.Read,
    };

    /// <summary>Their names, as files carry them.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>Reads what model a GGUF file holds.</summary>
    /// <exception cref="InvalidDataException">The architecture is unknown, or its metadata make no sense.</exception>
    public static DecoderSpec Read(GgufFile file)
    {
        const string key = "general.architecture";
        var name = file.Metadata.GetString(key);
        return ByName.TryGetValue(name, out var read)
            ? read(new ArchitectureMetadata(file, name))
            : throw file.Metadata.Invalid(key, $"is {Printable.Quote(name)}; the architectures that can be run are {string.Join(", ", Names)}");
    }
}
