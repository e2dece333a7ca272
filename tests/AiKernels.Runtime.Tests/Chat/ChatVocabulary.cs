using System.Text;
using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Tests.Text;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Tests.Chat;

/// <summary>Vocabularies in which any text can be cut in any way.</summary>
internal static class ChatVocabulary
{
    private static readonly string[] OtherControls = ["<|im_start|>", "<|im_end|>", "<s>", "</s>"];

    /// <summary>Every byte, and nothing else.</summary>
    public static Tokenizer Bytes { get; } = With([], []);

    /// <summary>Every byte, and control tokens for a syntax' markers and for turns.</summary>
    public static Tokenizer WithControls(ChatSyntax syntax) =>
        With([], syntax.Markers.Where(marker => marker.Length > 3 && marker is not ("function" or "```json")));

    /// <summary>Every byte, some more pieces of text, from id 256 on, and control tokens behind them, or what counts as such.</summary>
    public static Tokenizer With(IEnumerable<byte[]> pieces, IEnumerable<string> controls, TokenType type = TokenType.Control)
    {
        string[] texts = [.. pieces.Where(piece => piece.Length > 1).Select(Written).Distinct()];
        string[] names = [.. controls.Concat(OtherControls).Distinct()];
        return Tokenizer.Create(new Vocabulary
        {
            Model = "gpt2",
            Pre = "gpt-2",
            Tokens = TinyVocabulary.Utf8([.. Enumerable.Range(0, 256).Select(value => Written([(byte)value])), .. texts, .. names]),
            Types = [.. Enumerable.Repeat(TokenType.Normal, 256 + texts.Length), .. Enumerable.Repeat(type, names.Length)],
        });
    }

    /// <summary>A text's tokens, cut where it is said, in bytes; with the tokenizer that has them.</summary>
    public static (Tokenizer Tokenizer, int[] Tokens) Cut(string text, Func<int, int> length)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        List<byte[]> pieces = [];
        for (var at = 0; at < bytes.Length;)
        {
            var count = Math.Clamp(length(at), 1, bytes.Length - at);
            pieces.Add(bytes[at..(at + count)]);
            at += count;
        }

        var tokenizer = With(pieces, []);
        var ids = Enumerable.Range(0, tokenizer.VocabularySize).ToDictionary(id => Convert.ToHexString(tokenizer.Piece(id)), id => id);
        return (tokenizer, [.. pieces.Select(piece => ids[Convert.ToHexString(piece)])]);
    }

    /// <summary>Bytes in the alphabet of byte-level vocabularies.</summary>
    private static string Written(byte[] bytes) => string.Concat(bytes.Select(value => (char)(
        value is (>= 33 and <= 126) or (>= 0xA1 and <= 0xAC) or >= 0xAE ? value : 0x100 + Hidden(value))));

    private static int Hidden(byte value) => value switch
    {
        <= 32 => value,
        <= 0xA0 => value - 127 + 33,
        _ => 67,
    };
}
