using System.Text;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>Vocabularies small enough to follow by hand; they need no data files.</summary>
internal static class TinyVocabulary
{
    /// <summary>All bytes in the byte alphabet (a letter's id is its code minus 33), "ab", "abc" and three special tokens.</summary>
    public static Vocabulary ByteLevel { get; } = new()
    {
        Model = "gpt2",
        Pre = "gpt-2",
        Tokens = Utf8([.. ByteTexts(), "ab", "bc", "abc", "<|end|>", "<|end|>ing", "<tool>"]),
        Types = [.. Enumerable.Repeat(TokenType.Normal, 259), TokenType.Control, TokenType.Control, TokenType.UserDefined],
        Merges = Utf8("b c", "a b", "ab c"),
        Eos = 259,
        Bos = 259,
    };

    /// <summary>Three control tokens, 256 bytes from id 3 on, and pieces from id 259 on.</summary>
    public static Vocabulary SentencePiece { get; } = SentencePieceWith(end: 2);

    /// <summary><see cref="SentencePiece"/> with another end token.</summary>
    public static Vocabulary SentencePieceWith(int end) => new()
    {
        Model = "llama",
        Tokens = Utf8(["<unk>", "<s>", "</s>", .. Bytes(), "▁", "a", "b", "▁a", "ab", "ba", "<", "s", ">", "<s"]),
        Types =
        [
            TokenType.Unknown, TokenType.Control, TokenType.Control, .. Enumerable.Repeat(TokenType.Byte, 256),
            .. Enumerable.Repeat(TokenType.Normal, 10),
        ],
        Scores = [.. new float[259], -9, -9, -9, -2, -1, -1, -9, -9, -9, -3],
        Unknown = 0,
        Bos = 1,
        Eos = end,
        AddBos = true,
        AddEos = true,
        AddSpacePrefix = true,
    };

    public static byte[][] Utf8(params IEnumerable<string> texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static IEnumerable<string> Bytes() => Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>");

    // Printable Latin-1 first, as GPT-2 numbers them, then the rest from U+0100 on.
    private static IEnumerable<string> ByteTexts() =>
        Enumerable.Range('!', 94).Concat(Enumerable.Range(0xA1, 12)).Concat(Enumerable.Range(0xAE, 82))
            .Concat(Enumerable.Range(0x100, 68)).Select(character => ((char)character).ToString());
}
