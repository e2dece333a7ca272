using AiKernels.Benchmarks.Engines;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Models;

namespace AiKernels.Benchmarks.Peers;

/// <summary>
/// A model file of random weights at a real model's shape, complete enough for any engine to load. It lives as long as
/// the instance.
/// </summary>
internal sealed class ForgedModel : IDisposable
{
    private const int ByteTokens = 256;

    // What the vocabulary begins with: as little as a SentencePiece one can.
    private static readonly string[] FirstTokens =
        ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, ByteTokens).Select(value => $"<0x{value:X2}>"), "\u2581", "a"];

    private readonly string _folder = Directory.CreateTempSubdirectory("aikernels-peers-").FullName;

    /// <param name="shape">The shape's name.</param>
    /// <param name="recipe">How the weights are stored.</param>
    public ForgedModel(string shape, QuantizationRecipe recipe)
    {
        try
        {
            var model = BenchmarkShapes.Get(shape);
            var writer = new GgufWriter();
            AddMetadata(writer, model.Spec);
            AddVocabulary(writer, model.Spec.VocabularySize);
            AddTensors(writer, new RandomTensorSource(model, recipe));
            writer.WriteTo(Path);
        }
        catch
        {
            Dispose(); // A full disk must not stay full.
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path => System.IO.Path.Combine(_folder, "model.gguf");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void AddMetadata(GgufWriter writer, DecoderSpec spec)
    {
        void Add(string key, int value) => writer.Add($"{spec.Architecture}.{key}", (uint)value);

        writer.Add("general.architecture", spec.Architecture);
        Add("block_count", spec.Layers);
        Add("context_length", spec.ContextLength);
        Add("embedding_length", spec.Width);
        Add("feed_forward_length", spec.FeedForwardWidth);
        Add("attention.head_count", spec.Heads);
        Add("attention.head_count_kv", spec.KeyValueHeads);
        Add("attention.key_length", spec.HeadLength);
        Add("attention.value_length", spec.HeadLength);
        Add("rope.dimension_count", spec.Rotary.Length);
        writer.Add($"{spec.Architecture}.attention.layer_norm_rms_epsilon", spec.NormEpsilon);
        writer.Add($"{spec.Architecture}.rope.freq_base", (float)spec.Rotary.Base);
    }

    /// <summary>Engines count rows of the embedding by the tokens, so that there must be as many, whatever they say.</summary>
    private static void AddVocabulary(GgufWriter writer, int size)
    {
        const int normal = 1, unknown = 2, control = 3, unused = 5, single = 6;
        static int Kind(int id) => id switch
        {
            0 => unknown,
            1 or 2 => control,
            < 3 + ByteTokens => single,
            _ when id < FirstTokens.Length => normal,
            _ => unused,
        };

        writer.Add("tokenizer.ggml.model", "llama");
        writer.AddArray(
            "tokenizer.ggml.tokens",
            [.. Enumerable.Range(0, size).Select(id => id < FirstTokens.Length ? FirstTokens[id] : $"[PAD{id}]")]);
        writer.AddArray("tokenizer.ggml.scores", new float[size]);
        writer.AddArray("tokenizer.ggml.token_type", Enumerable.Range(0, size).Select(Kind).ToArray());
        writer.Add("tokenizer.ggml.bos_token_id", 1u);
        writer.Add("tokenizer.ggml.eos_token_id", 2u);
    }

    private static void AddTensors(GgufWriter writer, RandomTensorSource source)
    {
        foreach (var tensor in source.Tensors)
        {
            long[] dimensions = tensor.Rows == 1 ? [tensor.Columns] : [tensor.Columns, tensor.Rows];
            writer.AddTensor(tensor.Name, tensor.Type, dimensions, (row, destination) =>
            {
                // A span can't be captured, so the reader copies to an array of its own.
                var stored = new byte[destination.Length];
                source.ReadRows(tensor, (int)row, 1, bytes => bytes.CopyTo(stored));
                stored.CopyTo(destination);
            });
        }
    }
}
