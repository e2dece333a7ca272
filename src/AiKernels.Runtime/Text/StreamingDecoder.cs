using System.Text;

namespace AiKernels.Runtime.Text;

/// <summary>Turns tokens into text one at a time, never splitting a character.</summary>
/// <remarks>
/// All that <see cref="Append"/> and <see cref="Flush"/> return, joined, is what <see cref="Tokenizer.Decode"/> gives
/// for the same tokens. To continue a prompt, append its tokens first and leave out what they give: a SentencePiece
/// text drops the space before its first word, and only there. Not thread-safe.
/// </remarks>
/// <example>
/// <code>
/// var decoder = new StreamingDecoder(tokenizer);
/// foreach (var id in tokenizer.Encode("Grüße"))
/// {
///     Console.Write(decoder.Append(id));
/// }
///
/// Console.Write(decoder.Flush());
/// </code>
/// </example>
/// <param name="tokenizer">Knows what the tokens stand for.</param>
/// <param name="renderSpecial">Whether control tokens appear by name; otherwise they render as nothing.</param>
public sealed class StreamingDecoder(Tokenizer tokenizer, bool renderSpecial = false)
{
    private readonly Decoder _characters = Encoding.UTF8.GetDecoder();
    private bool _isStart = true;

    /// <summary>The characters that <paramref name="id"/> completes; the beginning of another one waits for the rest.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Append(int id) => Convert(tokenizer.Render(id, renderSpecial, ref _isStart), flush: false);

    /// <summary>U+FFFD for a character that was never completed, and nothing otherwise. A new text may follow.</summary>
    public string Flush()
    {
        _isStart = true;
        return Convert([], flush: true);
    }

    private string Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        var count = _characters.GetCharCount(bytes, flush);
        Span<char> text = count <= 64 ? stackalloc char[64] : new char[count];
        return text[.._characters.GetChars(bytes, text, flush)].ToString();
    }
}
