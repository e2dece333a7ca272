using AiKernels.Runtime.Text;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>What Hugging Face's tokenizers do by their documentation, on files small enough to follow by hand.</summary>
public sealed class TokenizerJsonTests
{
    private readonly Tokenizer _words = JsonTokenizer.Load(JsonTokenizer.WordPiece);
    private readonly Tokenizer _unigrams = JsonTokenizer.Load(JsonTokenizer.Unigram);
    private readonly Tokenizer _pairs = JsonTokenizer.Load(JsonTokenizer.Pairs);

    [Theory]
    [InlineData("unable", new[] { 4, 5 })]
    [InlineData("Ünablé", new[] { 4, 5 })] // accents and capitals
    [InlineData("U\u0308n\tA!", new[] { 4, 6, 8 })]
    [InlineData("uns", new[] { 11 })]
    [InlineData("unsable", new[] { 11, 5 })]
    [InlineData("unsn unx", new[] { 11, 7, 0 })] // unknown as a whole
    [InlineData("ananananan", new[] { 0 })] // too long
    [InlineData("a我a", new[] { 6, 9, 6 })]
    [InlineData("a\u200Bn\u0000", new[] { 6, 7 })] // a format character goes, and words stay together
    [InlineData("İ", new[] { 10 })]
    [InlineData(" \n ", new int[0])]
    public void Word_pieces_are_the_longest_from_the_left(string text, int[] expected) => Assert.Equal(expected, _words.Encode(text));

    [Fact]
    public void A_template_stands_around_a_whole_text()
    {
        Assert.Equal([1, 4, 5, 2], _words.EncodeWithSpecial("unable"));
        Assert.Equal([1, 2], _words.EncodeWithSpecial(""));
        Assert.Equal([4, 3, 6], _words.Encode("un  [MASK] a", parseSpecial: true)); // the spaces before it belong to it
        Assert.DoesNotContain(3, _words.Encode("un [MASK] a"));
        Assert.Equal("unable a !", _words.Decode([4, 5, 6, 8]));
    }

    [Theory]
    [InlineData("a", new[] { 5 })]
    [InlineData("aba a", new[] { 5, 6, 5 })] // -3.5 - 4.2 is more than -3.5 - 2.5 - 2
    [InlineData("ab", new[] { 5, 3 })]
    [InlineData(" a", new[] { 5 })] // there is a space before it already
    [InlineData("é", new[] { 1, 7 + 0x43, 7 + 0x29 })]
    [InlineData("xy", new[] { 1, 0 })] // no bytes for these: one unknown
    public void Unigrams_have_the_highest_sum(string text, int[] expected) => Assert.Equal(expected, _unigrams.Encode(text));

    [Fact]
    public void Unigrams_give_text_back() => Assert.Equal("ab éa", _unigrams.Decode(_unigrams.Encode("ab éa")));

    [Theory]
    [InlineData("a c", new[] { 8 })]
    [InlineData("A C", new[] { 8 })]
    [InlineData("é", new[] { 13 + 0x43, 13 + 0x29 })]
    [InlineData("axc", new[] { 4, 6 })] // no unknown token: left out
    [InlineData("a <tool>  c", new[] { 4, 1, 6 })]
    [InlineData("key", new[] { 2 })]
    [InlineData("keykey", new[] { 10, 11, 12, 10, 11, 12 })]
    [InlineData("a key", new[] { 7, 2 })]
    [InlineData("aB", new[] { 3 })] // looked for in normalized text, normalized itself
    [InlineData("<s>", new int[0])]
    public void Added_tokens_keep_their_flags(string text, int[] expected) => Assert.Equal(expected, _pairs.Encode(text));

    [Fact]
    public void No_text_merges_into_a_control_token()
    {
        // The model's own merges would make <s> of its letters.
        var tokenizer = JsonTokenizer.Load("""
            {
              "added_tokens": [ { "id": 4, "content": "<s>", "special": true } ],
              "model": { "type": "BPE", "vocab": { "<": 0, "s": 1, ">": 2, "s>": 3, "<s>": 4 }, "merges": [ "s >", "< s>" ], "ignore_merges": true }
            }
            """);
        Assert.Equal([0, 3], tokenizer.Encode("<s>"));
        Assert.Equal([4], tokenizer.Encode("<s>", parseSpecial: true));
    }

    [Fact]
    public void Byte_level_merges_take_a_space_before_the_first_word_where_asked()
    {
        var tokenizer = JsonTokenizer.Load("""
            {
              "pre_tokenizer": { "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true },
              "decoder": { "type": "ByteLevel" },
              "model": { "type": "BPE", "unk_token": "a", "vocab": { "a": 0, "Ġ": 1, "Ġa": 2 }, "merges": [ "Ġ a" ] }
            }
            """);
        Assert.Equal([2, 2], tokenizer.Encode("a a"));
        Assert.Equal([2], tokenizer.Encode(" a"));
        Assert.Equal(" a a", tokenizer.Decode([2, 2]));
    }

    [Fact]
    public void A_configuration_beside_it_names_special_tokens()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "tokenizer.json"), JsonTokenizer.WordPiece);
            File.WriteAllText(
                Path.Combine(folder.FullName, "tokenizer_config.json"), """{ "eos_token": { "content": "[SEP]" }, "pad_token": "[UNK]", "bos_token": null }""");
            var vocabulary = Tokenizer.Load(folder.FullName).Vocabulary;
            Assert.Equal((null, 2, 0), (vocabulary.Bos, vocabulary.Eos, vocabulary.Padding));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void What_decides_the_tokens_is_part_of_the_hash()
    {
        var lower = VocabularyHash.Of(_words.Vocabulary);
        var capital = JsonTokenizer.Load(JsonTokenizer.WordPiece.Replace("\"lowercase\": true", "\"lowercase\": false"));
        Assert.NotEqual(lower, VocabularyHash.Of(capital.Vocabulary));
        Assert.Equal(lower, VocabularyHash.Of(JsonTokenizer.Load(JsonTokenizer.WordPiece).Vocabulary));
    }

    [Theory]
    [InlineData("\"BertNormalizer\"", "\"Shouting\"", "normalizer.type is 'Shouting'")]
    [InlineData("\"BertPreTokenizer\"", "\"UnicodeScripts\"", "pre_tokenizer.type is 'UnicodeScripts'")]
    [InlineData("\"TemplateProcessing\"", "\"Haiku\"", "post_processor.type is 'Haiku'")]
    [InlineData("\"decoder\": { \"type\": \"WordPiece\"", "\"decoder\": { \"type\": \"CTC\"", "decoder.type is 'CTC'")]
    [InlineData("\"type\": \"WordPiece\", \"unk_token\"", "\"type\": \"WordLevel\", \"unk_token\"", "model.type is 'WordLevel'")]
    [InlineData("\"type\": \"BertPreTokenizer\"", "\"type\": \"Split\", \"pattern\": { \"Regex\": \"(a)\\\\1\" }", "pre_tokenizer.pattern.Regex is an expression")]
    [InlineData("\"type\": \"BertPreTokenizer\"", "\"type\": \"Sequence\", \"pretokenizers\": [ { \"type\": \"ByteLevel\" }, { \"type\": \"Metaspace\" } ]", "pre_tokenizer.pretokenizers[1].type changes text behind ByteLevel")]
    [InlineData("\"id\": 3", "\"id\": 7", "added_tokens[3].id is 7, but the vocabulary has this text under 3")]
    [InlineData("\"un\": 4", "\"un\": \"4\"", "model.vocab.un is no integer")]
    [InlineData("\"un\": 4", "\"un\": 5", "two tokens with the id 5")]
    [InlineData("\"un\": 4", "\"un\": 900000000", "ids from 0 to 900000000")]
    [InlineData("\"un\": 4", "\"un\": -4", "ids from -4")]
    [InlineData("\"unk_token\": \"[UNK]\"", "\"unk_token\": \"?\"", "model.unk_token is no token")]
    [InlineData("\"ids\": [1]", "\"ids\": [true]", "ids[0] is no integer")]
    [InlineData("\"ids\": [1]", "\"ids\": [99]", "post_processor has the token 99")]
    [InlineData("\"vocab\": {", "\"vocab\": [], \"words\": {", "model.vocab is no object")]
    [InlineData("\"vocab\": {", "\"vocab\": {,", "is no JSON at line")]
    public void What_is_wrong_or_unknown_is_refused_by_its_path(string good, string bad, string message)
    {
        Assert.Contains(good, JsonTokenizer.WordPiece, StringComparison.Ordinal);
        var refusal = Assert.Throws<InvalidDataException>(() => JsonTokenizer.Load(JsonTokenizer.WordPiece.Replace(good, bad)));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"byte_fallback\": true", "\"dropout\": 0.1", "model.dropout makes tokens random")]
    [InlineData("\"byte_fallback\": true", "\"end_of_word_suffix\": \"</w>\"", "model.end_of_word_suffix is '</w>'")]
    [InlineData("[\"a\", \" \"]", "[\"a\", \"q\"]", "merges[0] does not name two tokens")]
    [InlineData("[\"a\", \" \"]", "[\"a\"]", "model.merges[0] is no pair")]
    public void Merges_that_make_no_sense_are_refused(string good, string bad, string message)
    {
        var refusal = Assert.Throws<InvalidDataException>(() => JsonTokenizer.Load(JsonTokenizer.Pairs.Replace(good, bad)));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Old_files_leave_the_models_type_out() =>
        Assert.Equal([4, 5], JsonTokenizer.Load(JsonTokenizer.WordPiece.Replace("\"type\": \"WordPiece\", \"unk", "\"unk")).Encode("unable"));

    [Fact]
    public void Mistrals_file_has_its_control_tokens_and_its_template()
    {
        var tokenizer = Vocabularies.Tokenizer("tokenizers/hf_json/mistral03.json");
        Assert.Equal(TokenType.Control, tokenizer.Vocabulary.Type(3));
        Assert.Equal([1, 3, .. tokenizer.Encode(" a")[..1], 4], tokenizer.EncodeWithSpecial("[INST] a[/INST]", parseSpecial: true));
        Assert.DoesNotContain(3, tokenizer.Encode("[INST] a[/INST]"));
        _ = TestData.Path("tokenizers/hf_json/mistral03.json");
    }
}
