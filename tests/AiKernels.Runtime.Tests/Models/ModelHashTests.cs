using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Offload;
using AiKernels.Reference;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Tests.Engine;
using AiKernels.Runtime.Tests.Files.Packed;
using AiKernels.Runtime.Tests.Text;
using AiKernels.Runtime.Text;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Models;

/// <summary>A model's hash follows from its content, and from nothing else.</summary>
public class ModelHashTests
{
    private static readonly DecoderSpec Spec = TinyModel.Spec(layers: 1) with
    {
        Rotary = TinyModel.Spec(layers: 1).Rotary with { Llama3 = new Llama3Scaling(8, 1, 4, 256) },
    };

    [Fact]
    public void A_file_has_one_hash_whatever_computes_with_it()
    {
        using var cached = new CachedModel();
        using var file = GgufFile.Open(cached.Model);
        var hash = Hash(file, new CpuBackend(1));
        Assert.Matches("^[0-9a-f]{16}$", hash);
        Assert.Equal(hash, Hash(file, new CpuBackend(2)));
        Assert.Equal(hash, Hash(file, new ReferenceBackend()));
        using var device = new CpuBackend(1);
        Assert.Equal(hash, Hash(file, new OffloadBackend(new CpuBackend(1), device, 1)));
        Assert.Equal(hash, Hash(file, new CpuBackend(1), new ModelOptions { KeyValueType = GgmlType.F16, ContextLength = 64 }));
        Assert.Equal(hash, Hash(file, new CpuBackend(1), withTokenizer: false));
    }

    [Fact]
    public void Kept_weights_have_the_hash_of_what_they_were_packed_from()
    {
        using var cached = new CachedModel();
        using var file = GgufFile.Open(cached.Model);
        var hash = Hash(file, new CpuBackend(2));
        var options = new ModelOptions { PackedCacheFolder = cached.Folder };
        Assert.Equal(hash, Hash(file, new CpuBackend(2), options, expected: PackedCacheState.Written));
        Assert.Equal(hash, Hash(file, new CpuBackend(1), options, expected: PackedCacheState.Used));
    }

    [Fact]
    public void Kept_weights_bring_their_hash_without_the_file_being_read()
    {
        using var cached = new CachedModel();
        var time = File.GetLastWriteTimeUtc(cached.Model);
        var options = new ModelOptions { PackedCacheFolder = cached.Folder };
        var hash = HashOf(cached.Model, options);

        // One byte of a matrix, in none of the samples by which a changed file is noticed.
        FlipByte(cached.Model, file => file.Tensors.MaxBy(tensor => tensor.ByteLength)!.Offset);
        File.SetLastWriteTimeUtc(cached.Model, time);
        Assert.Equal(hash, HashOf(cached.Model, options));
        Assert.NotEqual(hash, HashOf(cached.Model));
    }

    [Fact]
    public void Every_tensor_and_every_value_of_the_metadata_counts()
    {
        using var cached = new CachedModel();
        using var file = GgufFile.Open(cached.Model);
        var seen = new HashSet<string> { HashOf(cached.Model) };
        foreach (var tensor in file.Tensors)
        {
            foreach (var offset in (long[])[tensor.Offset, tensor.Offset + tensor.ByteLength - 4])
            {
                FlipByte(cached.Model, _ => offset);
                Assert.True(seen.Add(HashOf(cached.Model)), $"{tensor.Name} at byte {offset}");
                FlipByte(cached.Model, _ => offset);
            }
        }

        Assert.Contains(HashOf(cached.Model), seen);
        using var described = new RandomModel("qwen2", GgmlType.Q4_K, Seed: 7)
        {
            Layers = 1,
            Tied = true,
            Describe = writer => writer.Add("general.name", "the same, but for its name"),
        }.Write();
        Assert.True(seen.Add(HashOf(described.Path)));
    }

    [Fact]
    public void Random_weights_have_a_hash_by_their_seed_shape_and_vocabulary()
    {
        var hash = Hash(Spec, seed: 1);
        Assert.Equal(hash, Hash(Spec, seed: 1));
        Assert.NotEqual(hash, Hash(Spec, seed: 2));
        Assert.NotEqual(hash, Hash(Spec, seed: 1, "Q8_0"));
        Assert.NotEqual(hash, Hash(Spec, seed: 1, vocabulary: TinyVocabulary.SentencePiece));
        Assert.NotEqual(
            Hash(Spec, seed: 1, vocabulary: TinyVocabulary.SentencePieceWith(end: 2)),
            Hash(Spec, seed: 1, vocabulary: TinyVocabulary.SentencePieceWith(end: 1)));
    }

    [Fact]
    public void All_that_a_spec_says_counts_but_its_name()
    {
        var none = new ModelHash();
        var rotary = Spec.Rotary;
        DecoderSpec[] others =
        [
            Spec with { Layers = 9 }, Spec with { Width = 9 }, Spec with { FeedForwardWidth = 9 }, Spec with { Heads = 9 },
            Spec with { KeyValueHeads = 9 }, Spec with { HeadLength = 9 }, Spec with { VocabularySize = 9 },
            Spec with { ContextLength = 9 }, Spec with { NormEpsilon = 9 }, Spec with { HasAttentionBias = true },
            Spec with { HasQueryKeyNorm = false }, Spec with { Rotary = rotary with { Length = 9 } },
            Spec with { Rotary = rotary with { Base = 9 } }, Spec with { Rotary = rotary with { Pairing = RopePairing.Adjacent } },
            Spec with { Rotary = rotary with { LinearFactor = 9 } }, Spec with { Rotary = rotary with { Llama3 = null } },
            Spec with { Rotary = rotary with { Llama3 = rotary.Llama3! with { Factor = 9 } } },
            Spec with { Rotary = rotary with { Llama3 = rotary.Llama3! with { LowFrequencyFactor = 9 } } },
            Spec with { Rotary = rotary with { Llama3 = rotary.Llama3! with { HighFrequencyFactor = 9 } } },
            Spec with { Rotary = rotary with { Llama3 = rotary.Llama3! with { OriginalContext = 9 } } },
        ];
        Assert.Equal(others.Length, others.Append(Spec).Select(none.Of).Distinct().Count() - 1);
        Assert.Equal(none.Of(Spec), none.Of(Spec with { Architecture = "another" }));

        // Whoever adds a property adds it to the hash and above: those here, less name, scale and the two that are records.
        var properties = new[] { typeof(DecoderSpec), typeof(RotarySpec), typeof(Llama3Scaling) }.Sum(type => type.GetProperties().Length);
        Assert.Equal(others.Length - 1, properties - 4);
    }

    [Fact]
    public void Kept_snapshots_depend_on_this_value() =>
        Assert.Equal("3d99b45ccc93692f", HashOf(Repository.Path("samples/DemoModel/shakespeare.gguf")));

    private static string HashOf(string path, ModelOptions? options = null)
    {
        using var file = GgufFile.Open(path);
        return Hash(file, new CpuBackend(1), options);
    }

    private static string Hash(
        GgufFile file, IBackend owned, ModelOptions? options = null, bool withTokenizer = true, PackedCacheState? expected = null)
    {
        using var backend = owned;
        using var model = LanguageModel.Load(file, backend, options, withTokenizer);
        Assert.True(expected is null || model.PackedCache?.State == expected, model.PackedCache?.Problem);
        return model.Hash;
    }

    private static string Hash(DecoderSpec spec, int seed, string recipe = "Q4_K_M", Vocabulary? vocabulary = null)
    {
        var source = new RandomTensorSource(new ModelShape(spec, IsTied: true), QuantizationRecipe.Parse(recipe), seed);
        using var backend = new CpuBackend(1);
        using var model = LanguageModel.Create(
            backend, spec, source, vocabulary is null ? null : Tokenizer.Create(vocabulary), new ModelOptions());
        return model.Hash;
    }

    private static void FlipByte(string path, Func<GgufFile, long> place)
    {
        long offset;
        using (var file = GgufFile.Open(path))
        {
            offset = place(file);
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = offset;
        var value = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(value ^ 1));
    }
}
