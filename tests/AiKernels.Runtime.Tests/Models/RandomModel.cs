using AiKernels.Formats;
using AiKernels.Runtime.Files;
using AiKernels.Tests;
using AiKernels.Tests.Shared;

namespace AiKernels.Runtime.Tests.Models;

/// <summary>
/// A small model of random weights, complete enough for any engine to load: grouped heads, and a spread of weights that
/// keeps activations, attention scores and logits near the size they have in trained models.
/// </summary>
/// <param name="Architecture"><c>llama</c>, <c>qwen2</c> or <c>qwen3</c>.</param>
/// <param name="Type">How matrices are stored; vectors are F32.</param>
/// <param name="Seed">What the weights follow from.</param>
internal sealed record RandomModel(string Architecture, GgmlType Type, int Seed)
{
    private const int Width = 256, FeedForwardWidth = 512, Heads = 4, KeyValueHeads = 2;

    /// <summary>Layers.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Whether the embedding serves as output too.</summary>
    public bool Tied { get; init; }

    /// <summary>Adds metadata of its own.</summary>
    public Action<GgufWriter> Describe { get; init; } = _ => { };

    /// <summary>What each pair's frequency is divided by, where the file says so.</summary>
    public float[]? FrequencyFactors { get; init; }

    /// <summary>The tokens.</summary>
    public static int VocabularySize => Tokens.Length;

    /// <summary>D: Qwen 3 has heads wider than the width divided by their number.</summary>
    public int HeadLength => Architecture == "qwen3" ? 128 : Width / Heads;

    // The least that a SentencePiece vocabulary can be; an odd number, so that panels have tails.
    private static string[] Tokens { get; } =
        ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>"), "▁", "a"];

    /// <summary>Token ids, from the beginning of a text.</summary>
    public int[] Prompt(int length)
    {
        var random = new Random(Seed);
        return [1, .. Enumerable.Range(1, length - 1).Select(_ => random.Next(3, VocabularySize))];
    }

    /// <summary>Writes the model to a file.</summary>
    public TemporaryFile Write()
    {
        var writer = new GgufWriter();
        AddMetadata(writer);
        AddVocabulary(writer);
        AddTensors(writer);
        var file = new TemporaryFile();
        writer.WriteTo(file.Path);
        return file;
    }

    private static void AddVocabulary(GgufWriter writer)
    {
        writer.Add("tokenizer.ggml.model", "llama");
        writer.AddArray("tokenizer.ggml.tokens", Tokens);
        writer.AddArray("tokenizer.ggml.scores", new float[Tokens.Length]);
        writer.AddArray("tokenizer.ggml.token_type", Tokens.Select((token, id) => id switch
        {
            0 => 2, // unknown
            1 or 2 => 3, // control
            _ => token.StartsWith("<0x", StringComparison.Ordinal) ? 6 : 1, // byte, normal
        }).ToArray());
        writer.Add("tokenizer.ggml.bos_token_id", 1u);
        writer.Add("tokenizer.ggml.eos_token_id", 2u);
    }

    private void AddMetadata(GgufWriter writer)
    {
        void Add<T>(string key, T value)
            where T : unmanaged => writer.Add($"{Architecture}.{key}", value);

        writer.Add("general.architecture", Architecture);
        Add("block_count", (uint)Layers);
        Add("context_length", 2048u);
        Add("embedding_length", (uint)Width);
        Add("feed_forward_length", (uint)FeedForwardWidth);
        Add("attention.head_count", (uint)Heads);
        Add("attention.head_count_kv", (uint)KeyValueHeads);
        Add("attention.key_length", (uint)HeadLength);
        Add("attention.value_length", (uint)HeadLength);
        Add("attention.layer_norm_rms_epsilon", 1e-6f);
        Add("rope.dimension_count", (uint)HeadLength);
        Add("rope.freq_base", 10_000f);
        Describe(writer);
    }

    private void AddTensors(GgufWriter writer)
    {
        var random = new Random(Seed);
        void Matrix(string name, int rows, int columns) => writer.AddTensor(
            name, Type, [columns, rows], RandomNumbers.Stored(random, Type, rows, columns, 1 / MathF.Sqrt(columns)));
        void Vector(string name, int length, float mean, float deviation) => AddVector(
            writer, name, RandomNumbers.Normal(random, length, deviation, mean));
        void Gain(string name, int length) => Vector(name, length, 1, 0.2f);

        Matrix("token_embd.weight", VocabularySize, Width);
        Gain("output_norm.weight", Width);
        for (var layer = 0; layer < Layers; layer++)
        {
            var prefix = $"blk.{layer}.";
            Gain($"{prefix}attn_norm.weight", Width);
            foreach (var (part, heads) in new[] { ("q", Heads), ("k", KeyValueHeads), ("v", KeyValueHeads) })
            {
                Matrix($"{prefix}attn_{part}.weight", heads * HeadLength, Width);
                if (Architecture == "qwen2")
                {
                    Vector($"{prefix}attn_{part}.bias", heads * HeadLength, 0, 0.5f);
                }

                if (Architecture == "qwen3" && part != "v")
                {
                    Gain($"{prefix}attn_{part}_norm.weight", HeadLength);
                }
            }

            Matrix($"{prefix}attn_output.weight", Width, Heads * HeadLength);
            Gain($"{prefix}ffn_norm.weight", Width);
            Matrix($"{prefix}ffn_gate.weight", FeedForwardWidth, Width);
            Matrix($"{prefix}ffn_up.weight", FeedForwardWidth, Width);
            Matrix($"{prefix}ffn_down.weight", Width, FeedForwardWidth);
        }

        if (!Tied)
        {
            Matrix("output.weight", VocabularySize, Width);
        }

        if (FrequencyFactors is { } factors)
        {
            AddVector(writer, "rope_freqs.weight", factors);
        }
    }

    private static void AddVector(GgufWriter writer, string name, float[] values)
    {
        var stored = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values, 0, stored, 0, stored.Length);
        writer.AddTensor(name, GgmlType.F32, [values.Length], stored);
    }
}
