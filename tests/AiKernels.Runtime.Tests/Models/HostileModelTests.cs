using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Models.Architectures;
using AiKernels.Runtime.Tests.Files;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Models;

/// <summary>Files that are good GGUF and bad models.</summary>
public class HostileModelTests
{
    public static TheoryData<string, object> Lies => new()
    {
        { "block_count", 0u },
        { "block_count", 3u },
        { "block_count", uint.MaxValue },
        { "block_count", "two" },
        { "context_length", 0u },
        { "embedding_length", 0u },
        { "embedding_length", 255u },
        { "embedding_length", 1u << 30 },
        { "feed_forward_length", 513u },
        { "feed_forward_length", ulong.MaxValue },
        { "attention.head_count", 0u },
        { "attention.head_count", 5u },
        { "attention.head_count", 1u << 24 },
        { "attention.head_count_kv", 0u },
        { "attention.head_count_kv", 3u },
        { "attention.key_length", 65u },
        { "attention.value_length", 32u },
        { "attention.layer_norm_rms_epsilon", 0f },
        { "attention.layer_norm_rms_epsilon", float.NaN },
        { "attention.layer_norm_rms_epsilon", -1e-6f },
        { "rope.dimension_count", 63u },
        { "rope.dimension_count", 128u },
        { "rope.freq_base", 0f },
        { "rope.freq_base", float.PositiveInfinity },
        { "rope.scaling.type", "mystery" },
        { "rope.scaling.factor", 0f },
        { "attention.key_length", 4098u },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_value_that_makes_no_sense_is_refused_in_a_sentence(string key, object value)
    {
        using var file = WithMetadata($"llama.{key}", value);
        using var backend = new CpuBackend(1);
        var refusal = Assert.Throws<InvalidDataException>(() => LanguageModel.Load(file.Path, backend).Dispose());

        // It names the value, one that contradicts it, or the tensor that would have to be another.
        Assert.Matches(@"'llama\.[a-z_.]+'|tensor '", refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Theory]
    [InlineData("rope.freq_base", 1e-30f)]
    [InlineData("rope.scaling.factor", 1e-30f)]
    [InlineData("rope.scale_linear", 1e-30f)]
    [InlineData("rope.scaling.factor", 0.2f)]
    public void Rotary_values_that_turn_too_fast_are_refused_by_name(string key, float value)
    {
        var refusal = RefusalOf($"llama.{key}", value);
        Assert.Contains($"llama.{key}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("angles", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-1f)]
    [InlineData(1e-30f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Rotary_factors_that_make_no_sense_are_refused_by_the_tensors_name(float factor)
    {
        var factors = Enumerable.Repeat(1f, 32).ToArray();
        factors[7] = factor;
        using var file = new RandomModel("llama", GgmlType.F32, Seed: 1) { Layers = 1, FrequencyFactors = factors }.Write();
        using var backend = new CpuBackend(1);
        var refusal = Assert.Throws<InvalidDataException>(() => LanguageModel.Load(file.Path, backend).Dispose());
        Assert.Matches("tensor 'rope_freqs.weight'.*pair 7", refusal.Message);
    }

    [Fact]
    public void Heads_that_are_too_many_together_are_refused_by_name()
    {
        var refusal = RefusalOf("llama.attention.head_count", 1u << 20);
        Assert.Matches(@"'llama\.attention\.head_count'.*channels of all heads", refusal.Message);
    }

    [Theory]
    [InlineData("general.architecture")]
    [InlineData("llama.rope.scaling.type")]
    public void A_files_strings_reach_no_terminal_as_they_are(string key)
    {
        var refusal = RefusalOf(key, "\u001b[2J\u202eevil\n");
        Assert.DoesNotContain(refusal.Message, char.IsControl);
        Assert.DoesNotContain('\u202e', refusal.Message);
        Assert.Contains("evil", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_tokens_than_rows_of_the_embedding_are_refused_before_they_are_read()
    {
        using var file = WithTokens(RandomModel.VocabularySize + 1);
        using var backend = new CpuBackend(1);
        var refusal = Assert.Throws<InvalidDataException>(() => LanguageModel.Load(file.Path, backend).Dispose());
        Assert.Matches($"tokenizer.ggml.tokens.*{RandomModel.VocabularySize + 1} tokens.*{RandomModel.VocabularySize} rows", refusal.Message);
    }

    [Fact]
    public void An_unknown_architecture_is_refused_with_those_that_are_known()
    {
        using var file = WithMetadata("general.architecture", "mystery");
        using var opened = GgufFile.Open(file.Path);
        var refusal = Assert.Throws<InvalidDataException>(() => Architecture.Read(opened));
        Assert.Contains("'mystery'", refusal.Message, StringComparison.Ordinal);
        Assert.All(Architecture.Names, name => Assert.Contains(name, refusal.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_format_that_cannot_be_computed_with_is_refused_by_name()
    {
        var source = new RenamedTypes(new RandomTensorSource(KnownShapes.Get("qwen3-0.6b"), QuantizationRecipe.Parse("Q8_0")));
        using var backend = new CpuBackend(1);
        using var loader = new WeightLoader(backend, source);
        var refusal = Assert.Throws<InvalidDataException>(() => loader.Matrix("blk.0.attn_k.weight", 1024, 1024, 0));
        Assert.Contains("IQ3_S", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mutated_model_runs_or_is_refused_and_nothing_else()
    {
        using var honest = new RandomModel("qwen3", GgmlType.Q8_0, Seed: 1) { Layers = 1 }.Write();
        var bytes = File.ReadAllBytes(honest.Path);
        int header;
        using (var opened = GgufFile.Open(honest.Path))
        {
            header = (int)opened.Tensors.Min(tensor => tensor.Offset);
        }

        var random = new Random(1);
        var (ran, refused) = (0, 0);
        using var backend = new CpuBackend(1);
        using var file = new TemporaryFile(bytes);
        for (var i = 0; i < 1500; i++)
        {
            file.Overwrite([.. Mutation.Of(bytes[..header], random), .. bytes.AsSpan(header)]);
            try
            {
                using var model = LanguageModel.Load(file.Path, backend, new ModelOptions { ContextLength = 64, PrefillChunk = 8 });
                using var sequence = model.CreateSequence();
                sequence.Append([1, 2], new float[model.Decoder.Spec.VocabularySize]);
                ran++;
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(ran, 50, 1500);
        Assert.InRange(refused, 50, 1500);
    }

    private static InvalidDataException RefusalOf(string key, object value)
    {
        using var file = WithMetadata(key, value);
        using var backend = new CpuBackend(1);
        return Assert.Throws<InvalidDataException>(() => LanguageModel.Load(file.Path, backend).Dispose());
    }

    /// <summary>An honest model whose tokens are so many that all have the same text, a fault that would be found by reading them.</summary>
    private static TemporaryFile WithTokens(int count) =>
        WithMetadata("tokenizer.ggml.tokens", Enumerable.Repeat("same", count).ToArray());

    /// <summary>An honest model in which one value is replaced, or added.</summary>
    private static TemporaryFile WithMetadata(string key, object value)
    {
        using var honest = new RandomModel("llama", GgmlType.F32, Seed: 1) { Layers = 2 }.Write();
        using var file = GgufFile.Open(honest.Path);
        var writer = new GgufWriter();
        foreach (var entry in file.Metadata.Entries.Where(entry => entry.Key != key))
        {
            Copy(writer, file.Metadata, entry);
        }

        Add(writer, key, value);
        foreach (var tensor in file.Tensors)
        {
            using var window = file.Map(tensor);
            writer.AddTensor(tensor.Name, tensor.Type, tensor.Dimensions, window.Bytes.ToArray());
        }

        var lying = new TemporaryFile();
        writer.WriteTo(lying.Path);
        return lying;
    }

    private static void Copy(GgufWriter writer, GgufMetadata metadata, GgufEntry entry)
    {
        switch (entry.Type)
        {
            case GgufValueType.UInt32:
                writer.Add(entry.Key, (uint)metadata.GetInteger(entry.Key));
                break;
            case GgufValueType.Float32:
                writer.Add(entry.Key, metadata.GetFloat(entry.Key));
                break;
            case GgufValueType.String:
                writer.Add(entry.Key, metadata.GetString(entry.Key));
                break;
            case GgufValueType.Array when entry.ElementType == GgufValueType.String:
                writer.AddArray(entry.Key, metadata.GetUtf8Strings(entry.Key));
                break;
            case GgufValueType.Array when entry.ElementType == GgufValueType.Float32:
                writer.AddArray(entry.Key, metadata.GetFloats(entry.Key));
                break;
            case GgufValueType.Array:
                writer.AddArray(entry.Key, metadata.GetIntegers(entry.Key).Select(value => (int)value).ToArray());
                break;
        }
    }

    private static void Add(GgufWriter writer, string key, object value)
    {
        switch (value)
        {
            case uint number:
                writer.Add(key, number);
                break;
            case ulong number:
                writer.Add(key, number);
                break;
            case float number:
                writer.Add(key, number);
                break;
            case string text:
                writer.Add(key, text);
                break;
            case string[] texts:
                writer.AddArray(key, texts);
                break;
        }
    }

    private sealed class RenamedTypes(TensorSource source) : TensorSource
    {
        public override bool TryFind(string name, out StoredTensor tensor)
        {
            var found = source.TryFind(name, out tensor);
            tensor = tensor with { Type = GgmlType.IQ3_S };
            return found;
        }

        public override void ReadRows(StoredTensor tensor, int firstRow, int count, RowReader read) =>
            source.ReadRows(tensor, firstRow, count, read);

        public override InvalidDataException Invalid(StoredTensor tensor, string problem) => source.Invalid(tensor, problem);

        public override InvalidDataException Missing(string name) => source.Missing(name);
    }
}
