using System.Globalization;
using System.Text;

namespace AiKernels.Runtime.Text;

/// <summary>
/// SentencePiece's byte-pair encoding: spaces are written U+2581, the neighbours whose joint token scores best merge
/// first, and a character that is no token is spelt by its bytes.
/// </summary>
/// <remarks>Source: Kudo and Richardson, "SentencePiece" (2018), and the BPE model of google/sentencepiece.</remarks>
internal sealed class SentencePieceTokenizer : Tokenizer
{
    private readonly TokenIndex _index;
    private readonly int[] _byteTokens;
    private readonly bool _spacesBeginWords;

    public SentencePieceTokenizer(Vocabulary vocabulary)
        : this(vocabulary, IndexTexts(vocabulary))
    {
    }

    private SentencePieceTokenizer(Vocabulary vocabulary, TokenIndex index)
        : base(vocabulary, Pieces(vocabulary), MergeTable.FromScores(vocabulary.Scores, index))
    {
        _index = index;
        _byteTokens = FindByteTokens(vocabulary);
        _spacesBeginWords = index.Tokens.All(token => !HasSpaceAfterText(index.Text(token)));
    }

    private static ReadOnlySpan<byte> SpaceMark => "\u2581"u8;

    private protected override bool DropsLeadingSpace => Vocabulary.AddSpacePrefix;

    internal override int Spell(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        var count = 0;
        while (!word.IsEmpty)
        {
            Rune.DecodeFromUtf8(word, out _, out var length);
            if (_index.TryGet(word[..length], out var token))
            {
                tokens[count++] = token;
            }
            else
            {
                foreach (var value in word[..length])
                {
                    tokens[count++] = _byteTokens[value];
                }
            }

            word = word[length..];
        }

        return count;
    }

    private protected override byte[] Prepare(ReadOnlySpan<char> text)
    {
        var marked = new StringBuilder(text.Length + 1);
        marked.Append(Vocabulary.AddSpacePrefix ? " " : "").Append(text).Replace(' ', '\u2581');
        return Encoding.UTF8.GetBytes(marked.ToString());
    }

    private protected override int WordLength(ReadOnlySpan<byte> text)
    {
        if (!_spacesBeginWords)
        {
            return text.Length;
        }

        var spaces = 0;
        while (text[spaces..].StartsWith(SpaceMark))
        {
            spaces += SpaceMark.Length;
        }

        var letters = text[spaces..].IndexOf(SpaceMark);
        return letters < 0 ? text.Length : spaces + letters;
    }

    private static bool HasSpaceAfterText(ReadOnlySpan<byte> text)
    {
        while (text.StartsWith(SpaceMark))
        {
            text = text[SpaceMark.Length..];
        }

        return text.IndexOf(SpaceMark) >= 0;
    }

    // Control tokens are left out: no text may merge into one.
    private static TokenIndex IndexTexts(Vocabulary vocabulary)
    {
        var index = new TokenIndex(vocabulary.TokenTexts);
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (vocabulary.Type(id) is TokenType.Normal or TokenType.UserDefined)
            {
                index.TryAdd(id);
            }
        }

        return index;
    }

    private static Utf8Texts Pieces(Vocabulary vocabulary)
    {
        var texts = vocabulary.TokenTexts;
        var pieces = new Utf8Texts(texts.Count, 16 * texts.Count);
        for (var id = 0; id < texts.Count; id++)
        {
            var text = texts[id];
            switch (vocabulary.Type(id))
            {
                case TokenType.Byte:
                    pieces.Add([ByteOf(text, id)]);
                    break;
                case TokenType.Normal when text.IndexOf(SpaceMark) >= 0:
                    pieces.Add(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text).Replace('\u2581', ' ')));
                    break;
                default:
                    pieces.Add(text);
                    break;
            }
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

    private static int[] FindByteTokens(Vocabulary vocabulary)
    {
        var tokens = new int[256];
        Array.Fill(tokens, vocabulary.Unknown ?? -1);
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (vocabulary.Type(id) == TokenType.Byte)
            {
                tokens[ByteOf(vocabulary.TokenTexts[id], id)] = id;
            }
        }

        return !tokens.Contains(-1)
            ? tokens
            : throw new InvalidDataException(
                "tokenizer.ggml.tokens has neither a token for each byte nor an unknown token, so some texts cannot be spelt");
    }
}
