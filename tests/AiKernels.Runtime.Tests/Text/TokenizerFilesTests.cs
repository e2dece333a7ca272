using System.Text;
using AiKernels.Runtime.Text;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

public sealed class TokenizerFilesTests
{
    private readonly Tokenizer _unigrams = Load(SentencePieceSketch.Unigram);

    [Theory]
    [InlineData("ab", new[] { 8, 6 })]
    [InlineData("  a   b ", new[] { 8, 4, 6 })] // extra spaces go
    [InlineData("Ａﬁ", new[] { 8, 9 })]
    [InlineData("e\u0301", new[] { 4, 10 })]
    [InlineData("a\u3000a½", new[] { 8, 8, 11, 12, 13 })]
    [InlineData("a<tool>a", new[] { 8, 3, 8 })]
    [InlineData("a<s>!", new[] { 8, 0 })] // no control token; of what has no piece not all bytes have one, so that it is one unknown
    [InlineData("a!", new[] { 8, 15 })]
    [InlineData("unused", new[] { 4, 14 })]
    [InlineData("  ", new int[0])]
    [InlineData("", new int[0])]
    public void A_unigram_model_maps_characters_and_takes_the_best_pieces(string text, int[] expected) =>
        Assert.Equal(expected, _unigrams.Encode(text));

    [Fact]
    public void A_model_says_what_its_special_tokens_are()
    {
        var vocabulary = _unigrams.Vocabulary;
        Assert.Equal((0, 1, 2, null), (vocabulary.Unknown, vocabulary.Bos, vocabulary.Eos, vocabulary.Padding));
        Assert.Equal([8, 2], _unigrams.EncodeWithSpecial("a"));
        Assert.Equal([1, 8], Load(SentencePieceSketch.Pairs).EncodeWithSpecial("a"));
        Assert.Equal("a b", _unigrams.Decode(_unigrams.Encode(" a  b")));
    }

    [Fact]
    public void A_configuration_beside_a_model_adds_tokens_and_renames_some()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            File.WriteAllBytes(Path.Combine(folder.FullName, "tokenizer.model"), SentencePieceSketch.Unigram);
            File.WriteAllText(Path.Combine(folder.FullName, "tokenizer_config.json"), """
                {
                  "eos_token": "<|end|>",
                  "added_tokens_decoder": {
                    "0": { "content": "<unk>", "special": true }, "14": { "content": "<|start|>", "special": true }, "17": { "content": "<|end|>", "special": true }
                  }
                }
                """);
            var tokenizer = Tokenizer.Load(folder.FullName);
            Assert.Equal((0, 17), (tokenizer.Vocabulary.Unknown, tokenizer.Vocabulary.Eos));
            Assert.Equal([14, 8, 17], tokenizer.Encode("<|start|>a<|end|>", parseSpecial: true));
            Assert.DoesNotContain(17, tokenizer.Encode("a<|end|>"));
            Assert.Equal([4, 0], tokenizer.Encode("u"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Spaces_stay_where_a_model_leaves_them() =>
        Assert.Equal([4, 4, 8, 4], Load(SentencePieceSketch.Model(1, null, removesSpaces: false)).Encode("  a "));

    [Fact]
    public void The_same_map_is_applied_to_clusters_in_a_tokenizer_json()
    {
        var map = new CharacterMap(CharacterMapSketch.Of(("e", "E"), ("e\u0301", "é"), ("ﬁ", "fi")), "map");
        Assert.Equal("éfi", Unicode.Normalized("e\u0301ﬁ", new SentencePieceNormalizer(map, addsPrefix: false, removesExtraSpaces: false)));
        Assert.Equal("Efi", Unicode.Normalized("e\u0301ﬁ", new ClusterMapNormalizer(map))); // the shortest sequence stands for the whole cluster
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 8, 0, 0, 0, 1, 2, 3, 4 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 1, 2, 3, 4 })]
    [InlineData(new byte[] { 3, 0, 0, 0, 1, 2, 3, 4 })]
    public void A_map_longer_than_itself_is_refused(byte[] map)
    {
        var refusal = Assert.Throws<InvalidDataException>(() => Load(SentencePieceSketch.Model(1, map)));
        Assert.Contains("no trie within it", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_of_words_is_berts()
    {
        var tokenizer = Load(Encoding.UTF8.GetBytes("[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##able\n"));
        Assert.Equal([2, 4, 5, 3], tokenizer.EncodeWithSpecial("Unable"));
        Assert.Equal("unable", tokenizer.Decode([4, 5]));
    }

    [Fact]
    public void Ranks_make_merges_of_bytes_and_of_their_spelling()
    {
        byte[][] tokens = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), [.. "ab"u8], [.. "bc"u8], [.. "abc"u8], [.. " a"u8]];
        foreach (var spelt in (bool[])[false, true])
        {
            var lines = tokens.Select((token, id) => $"{Convert.ToBase64String(spelt ? ByteAlphabet.Encode(token) : token)} {id}\n");
            var tokenizer = Load(Encoding.UTF8.GetBytes(string.Concat(lines)), "gpt-2");
            Assert.Equal([258, 259, 'c'], tokenizer.Encode("abc ac"));
            Assert.Equal([256, 257, 258], tokenizer.Encode("ab").Concat(tokenizer.Encode("bc")).Concat(tokenizer.Encode("abc")));
        }
    }

    [Theory]
    [InlineData("YQ== 0\nYg== x\n", "line 2 at byte 7 is not base64 and a rank")]
    [InlineData("YQ== 0\n!!! 1\n", "line 2 at byte 7")]
    [InlineData("YQ== 0\nYg== 0\n", "two tokens with the id 0")]
    [InlineData("YQ== 999999999\n", "ids from 0 to 999999999")]
    [InlineData("YQ== 0\n", "has no token for the byte")]
    [InlineData("nothing of the kind", "is no tokenizer")]
    [InlineData("{\"a\": 0}", "has no model, nor is there a list of merges")]
    [InlineData("{\"a\": ", "is no JSON at line 1")]
    [InlineData("", "has 0 bytes")]
    public void What_is_no_tokenizer_is_refused(string text, string message)
    {
        var refusal = Assert.Throws<InvalidDataException>(() => Load(Encoding.UTF8.GetBytes(text), "gpt-2"));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_one_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var refusal = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.FullName));
            Assert.Contains("has no file of a tokenizer", refusal.Message, StringComparison.Ordinal);
            Assert.ThrowsAny<IOException>(() => Tokenizer.Load(Path.Combine(folder.FullName, "none.json")));
        }
        finally
        {
            folder.Delete();
        }
    }

    [Theory]
    [InlineData(".model", 2, "has several tokenizers, of which one has to be named: '0.model', '1.model'")]
    [InlineData(".gguf", 5, "has several tokenizers, of which one has to be named: '0.gguf', '1.gguf', '2.gguf' and 2 more")]
    public void A_folder_with_several_of_one_kind_is_refused(string ending, int count, string message)
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            for (var i = 0; i < count; i++)
            {
                File.WriteAllBytes(Path.Combine(folder.FullName, $"{i}{ending}"), SentencePieceSketch.Unigram);
            }

            var refusal = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.FullName));
            Assert.EndsWith(message, refusal.Message, StringComparison.Ordinal);

            // One whose name is a tokenizer's own goes before all others.
            File.WriteAllBytes(Path.Combine(folder.FullName, "tokenizer.model"), SentencePieceSketch.Unigram);
            Assert.Equal([8, 6], Tokenizer.Load(folder.FullName).Encode("ab"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_way_to_split_that_is_not_known_is_told_with_some_that_are()
    {
        Assert.All(KnownClasses.SomePre, name => Assert.NotNull(Family.Find(name)));
        var ranks = string.Concat(Enumerable.Range(0, 256).Select(value => $"{Convert.ToBase64String([(byte)value])} {value}\n"));
        var refusal = Assert.Throws<ArgumentException>(() => Load(Encoding.UTF8.GetBytes(ranks), "deepsek"));
        Assert.StartsWith("'deepsek' is no pre-tokenizer that is known by llama.cpp's names, such as gpt-2, ", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("pre", refusal.ParamName);
    }

    private static Tokenizer Load(byte[] bytes, string? pre = null)
    {
        using var file = new TemporaryFile(bytes);
        return Tokenizer.Load(file.Path, pre);
    }
}
