using System.Text;
using AiKernels.Runtime.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

public sealed class TokenizerPropertyTests
{
    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-bpe")]
    [InlineData("deepseek-llm")]
    [InlineData("deepseek-coder")]
    [InlineData("tokenizers/deepseek_v3")]
    public void Byte_level_tokens_give_any_text_back(string name) =>
        GivesAnyTextBack(Vocabularies.Tokenizer(name), text => text);

    [Fact]
    public void Byte_level_tokens_of_a_composing_family_give_any_text_back_composed() =>
        GivesAnyTextBack(Vocabularies.Tokenizer("qwen2"), text => Unicode.Normalized(text, UnicodeForm.C));

    [Fact]
    public void Byte_level_tokens_of_a_tiny_vocabulary_give_any_text_back() =>
        GivesAnyTextBack(Tokenizer.Create(TinyVocabulary.ByteLevel), text => text);

    // U+2581 is how SentencePiece writes a space, so it comes back as one.
    [Theory]
    [InlineData("llama-spm")]
    [InlineData("stories260K")]
    [InlineData("phi-3")]
    [InlineData("tokenizers/spm/mistral01.model")]
    public void Sentence_pieces_give_any_text_back_but_their_own_space_mark(string name) =>
        GivesAnyTextBack(Vocabularies.Tokenizer(name), text => text.Replace('▁', ' '));

    [Fact]
    public void Sentence_pieces_of_a_tiny_vocabulary_give_any_text_back_but_their_own_space_mark() =>
        GivesAnyTextBack(Tokenizer.Create(TinyVocabulary.SentencePiece), text => text.Replace('▁', ' '));

    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-spm")]
    [InlineData("bert-bge")]
    [InlineData("tokenizers/hf_json/mistral03.json")]
    public void Lone_surrogates_count_as_replacement_characters(string name)
    {
        var tokenizer = Vocabularies.Tokenizer(name);
        Prop.ForAll(TextGenerators.Any.ToArbitrary(), text =>
        {
            var wellFormed = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            Assert.Equal(tokenizer.Encode(wellFormed), tokenizer.Encode(text));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("gpt-2", 255)]
    [InlineData("qwen2", 255)]
    [InlineData("llama-spm", 258)]
    [InlineData("tokenizers/hf_json/mistral03.json", 1026)]
    [InlineData("bert-bge", 999)]
    public void Streaming_gives_what_decoding_gives_and_never_half_a_character(string name, int shortIds)
    {
        var tokenizer = Vocabularies.Tokenizer(name);
        var id = Gen.Frequency((3, Gen.Choose(0, shortIds)), (1, Gen.Choose(0, tokenizer.VocabularySize - 1)));
        Prop.ForAll(id.ListOf().ToArbitrary(), Gen.Elements(false, true).ToArbitrary(), (ids, renderSpecial) =>
        {
            var decoder = new StreamingDecoder(tokenizer, renderSpecial);
            string[] parts = [.. ids.Select(decoder.Append), decoder.Flush()];
            Assert.Equal(tokenizer.Decode([.. ids], renderSpecial), string.Concat(parts));
            Assert.All(parts, part => Assert.Equal(part, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(part))));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Streaming_the_tokens_of_a_text_never_shows_a_replacement_character_that_is_not_in_it()
    {
        var tokenizer = Tokenizer.Create(TinyVocabulary.ByteLevel);
        Prop.ForAll(TextGenerators.WellFormed.ToArbitrary(), text =>
        {
            var decoder = new StreamingDecoder(tokenizer);
            var shown = "";
            foreach (var id in tokenizer.Encode(text))
            {
                shown += decoder.Append(id);
                Assert.StartsWith(shown, text, StringComparison.Ordinal);
            }

            Assert.Equal(text, shown);
        }).QuickCheckThrowOnFailure();
    }

    private static void GivesAnyTextBack(Tokenizer tokenizer, Func<string, string> expected) =>
        Prop.ForAll(TextGenerators.WellFormed.ToArbitrary(), text =>
            Assert.Equal(expected(text), tokenizer.Decode(tokenizer.Encode(text)))).QuickCheckThrowOnFailure();
}
