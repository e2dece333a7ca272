using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Text;

/// <summary>How tokens are written in a vocabulary.</summary>
internal enum PieceStyle
{
    /// <summary>As the text that they spell.</summary>
    Plain,

    /// <summary>In the byte alphabet of GPT-2.</summary>
    ByteAlphabet,

    /// <summary>With U+2581 for spaces, and bytes as <c>&lt;0xNN&gt;</c>.</summary>
    SpaceMarks,

    /// <summary>Words without the space before them, and what goes on in a word behind a prefix.</summary>
    WordPieces,
}

/// <summary>What is done with text, beyond what tokens there are: by files that spell it out, or by what a name stands for.</summary>
internal sealed record TokenizerRules
{
    /// <summary>What changes text before it is split.</summary>
    public Normalizer? Normalizer { get; init; }

    /// <summary>How text is split, in turn.</summary>
    public IReadOnlyList<SplitRule> Splits { get; init; } = [];

    /// <summary>Whether a word that is a token stays one, even where the merges would not join it.</summary>
    public bool KeepsKnownWords { get; init; }

    /// <summary>Whether unknown characters that follow each other are one token.</summary>
    public bool FusesUnknown { get; init; } = true;

    /// <summary>How tokens are written.</summary>
    public PieceStyle Style { get; init; }

    /// <summary>What a token that goes on in a word begins with; null if words begin with U+2581 instead.</summary>
    public string? ContinuingPrefix { get; init; }

    /// <summary>How many characters a word has at most, if it is to be cut by WordPiece.</summary>
    public int MostCharacters { get; init; } = 100;

    /// <summary>Whether a space that a text begins with was put there, and is taken off again.</summary>
    public bool DropsLeadingSpace { get; init; }

    /// <summary>How added tokens are looked for, where it is not just by their text.</summary>
    public IReadOnlyDictionary<int, AddedTokenFlags> Flags { get; init; } = new Dictionary<int, AddedTokenFlags>();

    /// <summary>What stands before a whole text; null if the vocabulary's flags say.</summary>
    public int[]? Begin { get; init; }

    /// <summary>What stands behind a whole text; null if the vocabulary's flags say.</summary>
    public int[]? End { get; init; }

    /// <summary>All of this as the file spells it, for the hash; empty if the vocabulary's other fields say it all.</summary>
    public byte[] Source { get; init; } = [];

    /// <summary>What the fields of a vocabulary mean that comes without rules.</summary>
    /// <exception cref="InvalidDataException">Its model or pre-tokenizer is unknown.</exception>
    public static TokenizerRules Of(Vocabulary vocabulary) => vocabulary.Model switch
    {
        "gpt2" => OfFamily(vocabulary, Family.Named(vocabulary.Pre)),
        "llama" or "t5" => new TokenizerRules
        {
            Normalizer = new SentencePieceNormalizer(
                vocabulary.CharacterMap is { } map ? new CharacterMap(map, "tokenizer.ggml.precompiled_charsmap") : null,
                vocabulary.AddSpacePrefix,
                vocabulary.RemoveExtraSpaces,
                vocabulary.SpaceBehindWords),
            Style = PieceStyle.SpaceMarks,
            DropsLeadingSpace = vocabulary.AddSpacePrefix && !vocabulary.SpaceBehindWords,
            Flags = FlagsOf(vocabulary),
        },
        "gemma4" => new TokenizerRules
        {
            Normalizer = new SentencePieceNormalizer(null, addsPrefix: false, removesExtraSpaces: false),
            Style = PieceStyle.SpaceMarks,
        },
        "bert" => new TokenizerRules
        {
            Normalizer = new BertNormalizer(
                cleansText: true, spacesChinese: true, vocabulary.StripAccents ?? vocabulary.Lowercase, vocabulary.Lowercase),
            Splits = WordSplits.Bert,
            Style = PieceStyle.WordPieces,
            DropsLeadingSpace = true,
        },
        _ => throw new InvalidDataException(
            $"tokenizer.ggml.model is {Printable.Quote(vocabulary.Model)}; the known ones are llama, gpt2, t5, bert and gemma4"),
    };

    private static TokenizerRules OfFamily(Vocabulary vocabulary, Family family) => new()
    {
        Normalizer = family.Composes ? new UnicodeNormalizer(UnicodeForm.C) : null,
        Splits = family.Splits,
        KeepsKnownWords = family.KeepsKnownWords || vocabulary.MergesByRank,
        Style = PieceStyle.ByteAlphabet,
    };

    private static Dictionary<int, AddedTokenFlags> FlagsOf(Vocabulary vocabulary) =>
        !vocabulary.StripsBehindSpecial ? [] : Enumerable.Range(0, vocabulary.Tokens.Count)
            .Where(id => vocabulary.Type(id) is TokenType.Control or TokenType.UserDefined && id > 1 && id != vocabulary.Padding)
            .ToDictionary(id => id, _ => AddedTokenFlags.RightStrip);
}
