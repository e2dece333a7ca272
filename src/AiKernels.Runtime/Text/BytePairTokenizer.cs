using System.Runtime.CompilerServices;
using System.Text;

namespace AiKernels.Runtime.Text;

/// <summary>Byte-level byte-pair encoding: text is split into words by a pattern, and the bytes of a word merge by rank.</summary>
/// <remarks>Source: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), section 2.2.</remarks>
internal sealed class BytePairTokenizer : Tokenizer
{
    private readonly TokenIndex _index;
    private readonly PreTokenizer _preTokenizer;
    private readonly int[] _byteTokens;

    public BytePairTokenizer(Vocabulary vocabulary)
        : this(vocabulary, Pieces(vocabulary))
    {
    }

    private BytePairTokenizer(Vocabulary vocabulary, Utf8Texts pieces)
        : this(vocabulary, pieces, IndexPieces(vocabulary, pieces))
    {
    }

    private BytePairTokenizer(Vocabulary vocabulary, Utf8Texts pieces, TokenIndex index)
        : base(vocabulary, pieces, MergeTable.FromList(vocabulary.MergeTexts, index))
    {
        _index = index;
        _preTokenizer = PreTokenizer.Named(vocabulary.Pre);
        _byteTokens = FindByteTokens(vocabulary, index);
    }

    private protected override bool DropsLeadingSpace => false;

    internal override int Spell(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        if (_preTokenizer.KeepsKnownWords && _index.TryGet(word, out var known))
        {
            tokens[0] = known;
            return 1;
        }

        for (var i = 0; i < word.Length; i++)
        {
            tokens[i] = _byteTokens[word[i]];
        }

        return word.Length;
    }

    private protected override byte[] Prepare(ReadOnlySpan<char> text)
    {
        var utf8 = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, utf8);
        return utf8;
    }

    private protected override int WordLength(ReadOnlySpan<byte> text) => _preTokenizer.WordLength(text);

    private static bool IsSpecial(TokenType type) => type is TokenType.Control or TokenType.Unknown or TokenType.UserDefined;

    // Special tokens are written as they read; all others in the byte alphabet.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Utf8Texts Pieces(Vocabulary vocabulary)
    {
        var texts = vocabulary.TokenTexts;
        var pieces = new Utf8Texts(texts.Count, 16 * texts.Count);
        for (var id = 0; id < texts.Count; id++)
        {
            var text = texts[id];
            var length = IsSpecial(vocabulary.Type(id)) ? -1 : ByteAlphabet.Decode(text, pieces.Reserve(text.Length));
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TokenIndex IndexPieces(Vocabulary vocabulary, Utf8Texts pieces)
    {
        var index = new TokenIndex(pieces);
        for (var id = 0; id < pieces.Count; id++)
        {
            if (!IsSpecial(vocabulary.Type(id)))
            {
                index.TryAdd(id);
            }
        }

        return index;
    }

    private static int[] FindByteTokens(Vocabulary vocabulary, TokenIndex index)
    {
        var tokens = new int[256];
        for (var value = 0; value < 256; value++)
        {
            // Some vocabularies leave out the bytes that no UTF-8 text has.
            var isInText = value is not (0xC0 or 0xC1 or >= 0xF5);
            tokens[value] = index.TryGet([(byte)value], out var token) ? token
                : vocabulary.Unknown is { } unknown ? unknown
                : !isInText ? 0
                : throw new InvalidDataException($"tokenizer.ggml.tokens has no token for the byte 0x{value:X2}");
        }

        return tokens;
    }
}
