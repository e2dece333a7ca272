using System.Runtime.InteropServices;
using AiKernels.Formats;
using AiKernels.Runtime.Files;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Files;

public sealed class GgufRealFileTests
{
    [Fact]
    public void A_trained_model_is_read()
    {
        using var file = GgufFile.Open(TestData.Path("models/stories260K.gguf"));

        Assert.Equal((3, 48, 19), (file.Version, file.Tensors.Count, file.Metadata.Entries.Count));
        Assert.Equal("llama", file.Metadata.GetString("general.architecture"));
        Assert.Equal(uint.MaxValue, file.Metadata.GetInteger("tokenizer.ggml.seperator_token_id"));
        Assert.Equal(512, file.Metadata.GetStrings("tokenizer.ggml.tokens").Length);
        Assert.Equal((64L, 512L, GgmlType.F32), Shape(file.Tensor("token_embd.weight")));
        GgufWalk.ReadEverything(file);

        static (long, long, GgmlType) Shape(GgufTensor tensor) => (tensor.Columns, tensor.Rows, tensor.Type);
    }

    [Fact]
    public void Its_weights_are_those_of_the_file_it_was_made_from()
    {
        using var file = GgufFile.Open(TestData.Path("models/stories260K.gguf"));
        var original = File.ReadAllBytes(TestData.Path("models/stories260K.bin"));
        var header = MemoryMarshal.Cast<byte, int>(original.AsSpan(0, 7 * sizeof(int)));
        Assert.Equal((file.Metadata.GetInt32("llama.embedding_length"), file.Metadata.GetInt32("llama.block_count")),
            (header[0], header[2]));

        // llama2.c stores the embedding first, right behind its header of seven integers.
        using var window = file.Map(file.Tensor("token_embd.weight"));
        Assert.True(window.Bytes.SequenceEqual(original.AsSpan(7 * sizeof(int), window.Bytes.Length)));
    }

    [Fact]
    public void Vocabularies_are_read()
    {
        var paths = Directory.GetFiles(TestData.Path("tokenizers/llama.cpp"), "*.gguf");
        Assert.NotEmpty(paths);
        Assert.All(paths, path =>
        {
            using var file = GgufFile.Open(path);
            var tokens = file.Metadata.GetUtf8Strings("tokenizer.ggml.tokens");
            Assert.True(tokens.Length > 30_000);
            Assert.Equal(tokens.Length, file.Metadata.GetIntegers("tokenizer.ggml.token_type").Length);
            GgufWalk.ReadEverything(file);
        });
    }

    [Fact]
    public void Hand_made_files_are_read_save_the_one_with_a_header_of_its_own()
    {
        var paths = Directory.GetFiles(TestData.Path("gguf_edge/bitnet-rs"), "*.gguf");
        Assert.NotEmpty(paths);
        foreach (var path in paths.Where(path => Path.GetFileName(path) != "mini.gguf"))
        {
            using var file = GgufFile.Open(path);
            Assert.NotEqual("", file.Metadata.GetString("general.architecture"));
            GgufWalk.ReadEverything(file);
        }

        // It puts alignment and data offset where the format has the first key.
        var refusal = Assert.Throws<InvalidDataException>(
            () => GgufFile.Open(TestData.Path("gguf_edge/bitnet-rs/mini.gguf")));
        Assert.Contains("key length of metadata entry '0' at byte 24 ", refusal.Message, StringComparison.Ordinal);
    }
}
