using AiKernels.Runtime.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

public sealed class TokenizerTests
{
    private const int End = 259;
    private const int Ending = 260;
    private const int Tool = 261;

    private readonly Tokenizer _byteLevel = Tokenizer.Create(TinyVocabulary.ByteLevel);
    private readonly Tokenizer _sentencePiece = Tokenizer.Create(TinyVocabulary.SentencePiece);

    [Theory]
    [InlineData("abc", new[] { 'a' - '!', 257 })] // "b c" has the better rank, and "a bc" is no merge
    [InlineData("ab", new[] { 256 })]
    [InlineData("ab abc", new[] { 256, 220, 'a' - '!', 257 })]
    [InlineData("é", new[] { 127, 102 })]
    [InlineData("", new int[0])]
    public void Byte_level_merges_go_by_rank(string text, int[] expected) =>
        Assert.Equal(expected, _byteLevel.Encode(text));

    [Theory]
    [InlineData("bab", new[] { 259, 264, 261 })] // "ab" and "ba" score the same: the left one wins
    [InlineData("ab", new[] { 259, 263 })]
    [InlineData("a", new[] { 262 })]
    [InlineData(" a", new[] { 259, 262 })]
    [InlineData("é", new[] { 259, 3 + 0xC3, 3 + 0xA9 })]
    [InlineData("", new int[0])]
    public void Sentence_pieces_merge_by_score_and_then_from_the_left(string text, int[] expected) =>
        Assert.Equal(expected, _sentencePiece.Encode(text));

    [Fact]
    public void Control_tokens_are_plain_text_unless_asked_for()
    {
        Assert.DoesNotContain(End, _byteLevel.Encode("ab<|end|>"));
        Assert.Equal([256, End, 256], _byteLevel.Encode("ab<|end|>ab", parseSpecial: true));
    }

    [Fact]
    public void No_text_merges_into_a_control_token() =>
        Assert.Equal([259, 268, 267], _sentencePiece.Encode("<s>"));

    [Fact]
    public void User_defined_tokens_are_never_split() =>
        Assert.Equal([256, Tool, 256], _byteLevel.Encode("ab<tool>ab"));

    [Fact]
    public void Where_two_special_tokens_begin_the_longer_one_counts() =>
        Assert.Equal([Ending, End], _byteLevel.Encode("<|end|>ing<|end|>", parseSpecial: true));

    [Fact]
    public void A_prompt_gets_the_begin_and_end_that_the_vocabulary_asks_for()
    {
        Assert.Equal([1, 262, 2], _sentencePiece.EncodeWithSpecial("a"));
        Assert.Equal([256], _byteLevel.EncodeWithSpecial("ab"));
    }

    [Fact]
    public void Control_tokens_render_as_nothing_unless_asked_for()
    {
        Assert.Equal("ab", _byteLevel.Decode([256, End]));
        Assert.Equal("ab<|end|>", _byteLevel.Decode([256, End], renderSpecial: true));
        Assert.Equal("<|end|>"u8, _byteLevel.Piece(End));
    }

    [Fact]
    public void Only_the_first_piece_of_a_text_drops_its_space()
    {
        Assert.Equal("a a", _sentencePiece.Decode([1, 262, 262]));
        var decoder = new StreamingDecoder(_sentencePiece);
        Assert.Equal("", decoder.Append(1));
        Assert.Equal("a", decoder.Append(262));
        Assert.Equal(" a", decoder.Append(262));
    }

    [Fact]
    public void A_character_that_is_never_completed_is_replaced()
    {
        var decoder = new StreamingDecoder(_sentencePiece);
        Assert.Equal("", decoder.Append(3 + 0xC3));
        Assert.Equal("é", decoder.Append(3 + 0xA9));
        Assert.Equal("", decoder.Append(3 + 0xF0));
        Assert.Equal("", decoder.Append(3 + 0x9F));
        Assert.Equal("\uFFFD", decoder.Flush());
        Assert.Equal("", decoder.Flush());
    }

    [Fact]
    public void Generation_ends_at_the_declared_token_and_at_those_known_by_name()
    {
        Assert.True(_sentencePiece.IsEndOfGeneration(2));
        Assert.True(_byteLevel.IsEndOfGeneration(End));
        Assert.False(_byteLevel.IsEndOfGeneration(Ending));
        Assert.True(Vocabularies.Tokenizer("qwen2").IsEndOfGeneration(151645));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(262)]
    public void An_id_outside_the_vocabulary_is_refused(int id)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _byteLevel.Piece(id).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => _byteLevel.Decode([id]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamingDecoder(_byteLevel).Append(id));
    }

    [Fact]
    public void A_word_that_is_a_token_needs_no_merges_where_the_family_says_so()
    {
        var vocabulary = TinyVocabulary.ByteLevel;
        var llama3 = Tokenizer.Create(new()
        {
            Model = "gpt2",
            Pre = "llama-bpe",
            Tokens = vocabulary.Tokens,
            Types = vocabulary.Types,
            Merges = vocabulary.Merges,
        });
        Assert.Equal([258], llama3.Encode("abc"));
    }
}
