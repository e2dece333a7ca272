using AiKernels.Runtime.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>Where random small files gave other ids than Hugging Face's own library.</summary>
public sealed class TokenizerJsonCornerTests
{
    [Fact]
    public void An_added_token_in_normalized_text_is_found_behind_the_others_even_without_a_normalizer()
    {
        var tokenizer = JsonTokenizer.Load(JsonTokenizer.Pairs.Replace("{ \"type\": \"Lowercase\" }", "null").Replace("\"Ab\"", "\"c<tool>\""));
        Assert.Equal([6, 1], tokenizer.Encode("c<tool>")); // and not c<tool>
    }

    [Fact]
    public void No_word_is_made_of_an_added_token_that_the_model_does_not_know()
    {
        var tokenizer = JsonTokenizer.Load(JsonTokenizer.Unigram.Replace(
            "\"special\": true }", "\"special\": true }, { \"id\": 135, \"content\": \"bb\", \"single_word\": true }"));
        Assert.Equal([135], tokenizer.Encode("bb"));
        Assert.Equal([1, 3, 6], tokenizer.Encode("bba"));
    }

    [Fact]
    public void An_added_token_of_marked_spaces_gives_spaces()
    {
        var tokenizer = JsonTokenizer.Load(JsonTokenizer.Unigram.Replace(
            "\"special\": true }", "\"special\": true }, { \"id\": 135, \"content\": \"▁▁\", \"normalized\": false }"));
        Assert.Equal("a  b", tokenizer.Decode([5, 135, 3]));
    }

    [Theory]
    [InlineData("##", "#a##b", new[] { 1, 3 })] // what goes on in a word may stand for itself
    [InlineData("", "ab", new[] { 2, 4 })]
    public void A_word_may_begin_with_the_prefix(string prefix, string text, int[] expected)
    {
        var tokenizer = JsonTokenizer.Load($$"""
            {
              "added_tokens": [], "pre_tokenizer": { "type": "WhitespaceSplit" },
              "model": {
                "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "{{prefix}}",
                "vocab": { "[UNK]": 0, "#a": 1, "a": 2, "####b": 3, "b": 4 }
              }
            }
            """);
        Assert.Equal(expected, tokenizer.Encode(text));
    }

    [Theory]
    [InlineData("x▁y", true, new[] { 0 })] // one unknown, which the mark is part of
    [InlineData("a▁a", false, new[] { 2 })] // it is left out, and its neighbours join
    public void A_mark_that_is_no_token_is_like_any_other_character(string text, bool hasUnknown, int[] expected)
    {
        var tokenizer = JsonTokenizer.Load($$"""
            {
              "added_tokens": [],
              "model": {
                "type": "BPE", "unk_token": {{(hasUnknown ? "\"<unk>\"" : "null")}}, "fuse_unk": true,
                "vocab": { "<unk>": 0, "a": 1, "aa": 2 }, "merges": [ "a a" ]
              }
            }
            """);
        Assert.Equal(expected, tokenizer.Encode(text));
    }

    [Theory]
    [InlineData(true, 1)] // the first takes all that follow it
    [InlineData(false, 1_000_000)]
    public void Spaces_are_given_to_added_tokens_of_spaces_in_one_walk(bool isStripped, int expected)
    {
        var tokenizer = JsonTokenizer.Load($$"""
            {
              "added_tokens": [ { "id": 1, "content": "\n", "normalized": false, "lstrip": true, "rstrip": {{(isStripped ? "true" : "false")}} } ],
              "model": { "type": "BPE", "vocab": { "a": 0 }, "merges": [] }
            }
            """);
        Assert.Equal(expected, tokenizer.Encode(new string('\n', 1_000_000)).Length);
    }
}
