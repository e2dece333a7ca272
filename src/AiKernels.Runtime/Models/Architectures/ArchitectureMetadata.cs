using AiKernels.Cache;
using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Models.Architectures;

/// <summary>An architecture's metadata, under its own prefix, each value checked for the range that makes sense.</summary>
/// <param name="file">The file.</param>
/// <param name="name">The architecture, the prefix of its keys.</param>
internal sealed class ArchitectureMetadata(GgufFile file, string name)
{
    // Far beyond any model; keeps products of two sizes within 64 bits and tables within memory.
    private const int MaximumSize = 1 << 24, MaximumLayers = 1 << 12;

    private string FileName => Printable.Text(Path.GetFileName(file.Path));

    /// <summary>What all decoder architectures have in common.</summary>
    public DecoderSpec Read(RopePairing pairing)
    {
        var width = Size("embedding_length");
        var heads = Size("attention.head_count");
        var keyValueHeads = Size("attention.head_count_kv", heads);
        var headLength = Size("attention.key_length", width / heads, KeyValueShape.MaxHeadLength);
        Check(
            "attention.head_count",
            (long)heads * headLength <= MaximumSize,
            $"is {heads}, for heads of {headLength} channels; {MaximumSize} channels of all heads are the most");
        Check("attention.head_count", heads % keyValueHeads == 0, $"is {heads}, no multiple of the {keyValueHeads} key/value heads");
        Check(
            "attention.value_length",
            Size("attention.value_length", headLength) == headLength,
            $"differs from the {headLength} channels of a key");
        return new DecoderSpec
        {
            Architecture = name,
            Layers = Size("block_count", maximum: MaximumLayers),
            Width = width,
            FeedForwardWidth = Size("feed_forward_length"),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadLength = headLength,
            VocabularySize = VocabularySize(),
            ContextLength = Size("context_length"),
            NormEpsilon = Positive("attention.layer_norm_rms_epsilon"),
            Rotary = Rotary(headLength, pairing),
        };
    }

    /// <summary>Whether the file has a tensor.</summary>
    public bool HasTensor(string tensor) => file.TryGetTensor(tensor, out _);

    private RotarySpec Rotary(int headLength, RopePairing pairing)
    {
        var length = Size("rope.dimension_count", headLength);
        Check("rope.dimension_count", length <= headLength && length % 2 == 0, $"is {length}, for heads of {headLength} channels");
        var scaling = file.Metadata.GetString(Key("rope.scaling.type"), "none");
        Check("rope.scaling.type", scaling is "none" or "linear" or "llama3", $"is {Printable.Quote(scaling)}, which is not supported");
        var plain = new RotarySpec { Length = length, Base = Positive("rope.freq_base", 10_000), Pairing = pairing };
        CheckFrequencies("rope.freq_base", plain);
        var linear = scaling == "linear" || !file.Metadata.Contains(Key("rope.scaling.type"));
        var factor = file.Metadata.Contains(Key("rope.scaling.factor")) ? "rope.scaling.factor" : "rope.scale_linear";
        var scaled = plain with
        {
            LinearFactor = linear ? Positive(factor, 1) : 1,
            Llama3 = scaling == "llama3" ? Llama3() : null,
        };
        CheckFrequencies(linear ? factor : "rope.scaling.factor", scaled);
        return scaled;
    }

    private void CheckFrequencies(string key, RotarySpec rotary) =>
        Check(key, rotary.Frequencies().All(RotarySpec.IsFrequency), "turns positions by angles that can't be computed");

    private Llama3Scaling Llama3()
    {
        var (low, high) = (Positive("rope.scaling.low_freq_factor"), Positive("rope.scaling.high_freq_factor"));
        Check("rope.scaling.high_freq_factor", high > low, $"is {high}, not above the low factor {low}");
        return new(Positive("rope.scaling.factor"), low, high, Size("rope.scaling.original_context_length"));
    }

    private int VocabularySize()
    {
        const string embedding = "token_embd.weight";
        var rows = file.Tensor(embedding).Rows;
        return rows <= MaximumSize
            ? (int)rows
            : throw new InvalidDataException($"{FileName}: tensor '{embedding}' has {rows} rows, more than any vocabulary");
    }

    private int Size(string key, int? fallback = null, int maximum = MaximumSize)
    {
        var value = fallback is { } given ? file.Metadata.GetInteger(Key(key), given) : file.Metadata.GetInteger(Key(key));
        Check(key, value > 0 && value <= maximum, $"is {value}, where 1 to {maximum} makes sense");
        return (int)value;
    }

    private float Positive(string key, float? fallback = null)
    {
        var value = fallback is { } given ? file.Metadata.GetFloat(Key(key), given) : file.Metadata.GetFloat(Key(key));
        Check(key, value > 0 && float.IsFinite(value), $"is {value}, where a positive number makes sense");
        return value;
    }

    private void Check(string key, bool makesSense, string problem)
    {
        if (!makesSense)
        {
            throw file.Metadata.Contains(Key(key))
                ? file.Metadata.Invalid(Key(key), problem)
                : new InvalidDataException($"{FileName}: {Printable.Quote(Key(key))}, which the file leaves out, {problem}");
        }
    }

    private string Key(string key) => $"{name}.{key}";
}
