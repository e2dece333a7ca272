using AiKernels.Formats;
using AiKernels.Runtime.Hashing;

namespace AiKernels.Runtime.Models;

/// <summary>
/// A hash of what a model is: its spec and each tensor's name, type, shape and bytes, in the order of their names, so that
/// the order of loading doesn't count. See <see cref="ContentHash"/> for what it can tell.
/// </summary>
internal sealed class ModelHash
{
    // What is hashed, and how; raised with any change of it, so that no hash of one way is taken for one of another.
    private const int Version = 1;

    private readonly SortedDictionary<string, (StoredTensor Tensor, ulong Hash)> _tensors = new(StringComparer.Ordinal);

    /// <summary>Two hashes as one name.</summary>
    public static string Name(ulong numbers, ulong text)
    {
        using var content = new HashedContent();
        content.Writer.Write(numbers);
        content.Writer.Write(text);
        return $"{content.Hash:x16}";
    }

    /// <summary>Notes a tensor by the hash of its bytes.</summary>
    public void Add(StoredTensor tensor, ulong hash) => _tensors[tensor.Name] = (tensor, hash);

    /// <summary>The hash of a model of these tensors.</summary>
    public ulong Of(DecoderSpec spec)
    {
        using var content = new HashedContent();
        content.Writer.Write(Version);
        Write(content.Writer, spec);
        content.Writer.Write(_tensors.Count);
        foreach (var ((name, type, rows, columns), hash) in _tensors.Values)
        {
            content.Writer.Write(name);
            content.Writer.Write((uint)type);
            content.Writer.Write(rows);
            content.Writer.Write(columns);
            content.Writer.Write(hash);
        }

        return content.Hash;
    }

    // All but the architecture's name, by which nothing is decided.
    private static void Write(BinaryWriter writer, DecoderSpec spec)
    {
        ReadOnlySpan<int> sizes =
        [
            spec.Layers, spec.Width, spec.FeedForwardWidth, spec.Heads, spec.KeyValueHeads, spec.HeadLength,
            spec.VocabularySize, spec.ContextLength, spec.Rotary.Length, (int)spec.Rotary.Pairing,
        ];
        foreach (var size in sizes)
        {
            writer.Write(size);
        }

        writer.Write(spec.NormEpsilon);
        writer.Write(spec.HasAttentionBias);
        writer.Write(spec.HasQueryKeyNorm);
        writer.Write(spec.Rotary.Base);
        writer.Write(spec.Rotary.LinearFactor);
        writer.Write(spec.Rotary.Llama3 is not null);
        if (spec.Rotary.Llama3 is var (factor, lowFrequencyFactor, highFrequencyFactor, originalContext))
        {
            writer.Write(factor);
            writer.Write(lowFrequencyFactor);
            writer.Write(highFrequencyFactor);
            writer.Write(originalContext);
        }
    }
}
