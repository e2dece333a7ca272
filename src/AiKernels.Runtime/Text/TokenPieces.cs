using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace AiKernels.Runtime.Text;

/// <summary>The bytes that tokens stand for, of a vocabulary that is written in one of the usual styles.</summary>
internal static class TokenPieces
{
    /// <summary>What each token adds to a text.</summary>
    /// <exception cref="InvalidDataException">A byte's token is not written as one.</exception>
    public static Utf8Texts Of(Vocabulary vocabulary, TokenizerRules rules)
    {
        switch (rules.Style)
        {
            case PieceStyle.ByteAlphabet:
                return OfByteAlphabet(vocabulary);
            case PieceStyle.SpaceMarks:
                return OfSpaceMarks(vocabulary);
            case PieceStyle.WordPieces:
                return OfWordPieces(vocabulary, rules.ContinuingPrefix);
            default:
                return vocabulary.TokenTexts;
        }
    }

    /// <summary>The token of each byte, by the type of tokens; -1 where there is none.</summary>
    /// <exception cref="InvalidDataException">A byte's token is not written as one.</exception>
    public static int[] ByteTokens(Vocabulary vocabulary)
    {
        var tokens = new int[256];
        Array.Fill(tokens, -1);
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (vocabulary.Type(id) == TokenType.Byte)
            {
                tokens[ByteOf(vocabulary.TokenTexts[id], id)] = id;
            }
        }

        return tokens;
    }

    /// <summary>Whether a token is found by its full text alone, and not made of text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAdded(TokenType type) => type is TokenType.Control or TokenType.Unknown or TokenType.UserDefined;

    // Special tokens are written as they read; all others in the byte alphabet.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Utf8Texts OfByteAlphabet(Vocabulary vocabulary)
    {
        var texts = vocabulary.TokenTexts;
        var pieces = new Utf8Texts(texts.Count, 16 * texts.Count);
        for (var id = 0; id < texts.Count; id++)
        {
            var text = texts[id];
            var length = IsAdded(vocabulary.Type(id)) ? -1 : ByteAlphabet.Decode(text, pieces.Reserve(text.Length));
            if (length < 0)
            {
                pieces.Add(text);
            }
            else
            {
                pieces.End(length);
            }
        }

        return pieces;
    }

    private static Utf8Texts OfSpaceMarks(Vocabulary vocabulary)
    {
        var (texts, buffer) = (vocabulary.TokenTexts, new Utf8Buffer());
        var pieces = new Utf8Texts(texts.Count, 16 * texts.Count);
        for (var id = 0; id < texts.Count; id++)
        {
            var text = texts[id];
            switch (vocabulary.Type(id))
            {
                case TokenType.Byte:
                    pieces.Add([ByteOf(text, id)]);
                    break;
                case TokenType.Normal or TokenType.UserDefined when text.IndexOf(SpaceMark.Utf8) >= 0:
                    buffer.Clear();
                    SpaceMark.Read(text, buffer);
                    pieces.Add(buffer.Text);
                    break;
                default:
                    pieces.Add(text);
                    break;
            }
        }

        return pieces;
    }

    private static Utf8Texts OfWordPieces(Vocabulary vocabulary, string? continuingPrefix)
    {
        var (texts, buffer) = (vocabulary.TokenTexts, new Utf8Buffer());
        var prefix = continuingPrefix is null ? [] : Encoding.UTF8.GetBytes(continuingPrefix);
        var pieces = new Utf8Texts(texts.Count, 16 * texts.Count);
        for (var id = 0; id < texts.Count; id++)
        {
            buffer.Clear();
            var text = texts[id];
            if (vocabulary.Type(id) != TokenType.Normal)
            {
                buffer.Append(text);
            }
            else if (continuingPrefix is null)
            {
                SpaceMark.Read(text, buffer);
            }
            else if (prefix.Length > 0 && text.StartsWith(prefix))
            {
                buffer.Append(text[prefix.Length..]);
            }
            else
            {
                buffer.Append((byte)' ');
                buffer.Append(text);
            }

            pieces.Add(buffer.Text);
        }

        return pieces;
    }

    private static byte ByteOf(ReadOnlySpan<byte> text, int id)
    {
        var isByte = text is [(byte)'<', (byte)'0', (byte)'x', _, _, (byte)'>'];
        return isByte && byte.TryParse(text.Slice(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new InvalidDataException($"tokenizer.ggml.tokens[{id}] has the type byte but is not written <0xNN>");
    }
}
