namespace AiKernels.Runtime.Text;

/// <summary>The expressions by which families of models split text. Several split in turn: each the pieces of the one before.</summary>
internal static class FamilyPatterns
{
    public const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public const string Llama3 = Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + Rest;

    public const string Qwen2 = Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + Rest;

    // Combining marks belong to the letters.
    public const string Qwen35 = Contractions
        + @"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string O200k = LowerWord + Contractions + "?|" + UpperWord + Contractions + @"?|\p{N}{1,3}" + RestWithSlash;

    public const string Tekken = LowerWord + "|" + UpperWord + @"|\p{N}" + RestWithSlash;

    public const string KimiK2 = @"[\p{Han}]+|[^\r\n\p{L}\p{N}]?" + Upper + "&&[^\\p{Han}]]*" + Lower + @"&&[^\p{Han}]]+" + Contractions
        + @"?|[^\r\n\p{L}\p{N}]?" + Upper + "&&[^\\p{Han}]]+" + Lower + @"&&[^\p{Han}]]*" + Contractions + @"?|\p{N}{1,3}" + Rest;

    // What a possessive repeat takes it doesn't give back; and one line break at a time.
    public const string Bailing = @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}"
        + @"| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+";

    public const string SeedCoder = Contractions
        + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string ExaoneMoe = Contractions
        + @"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+";

    // Runs of spaces as powers of two.
    public const string Jais2 = Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
        + @"|\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}";

    public const string Bloom = @" ?[^(\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+";

    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string RestWithSlash = @"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}", Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}";

    // Capitals, then small letters, of which there is one at least; and the other way round.
    private const string LowerWord = @"[^\r\n\p{L}\p{N}]?" + Upper + "]*" + Lower + "]+";
    private const string UpperWord = @"[^\r\n\p{L}\p{N}]?" + Upper + "]+" + Lower + "]*";

    // An ASCII mark and letters, letters with marks, marks.
    private const string MarkedWords = @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+";

    private const string ChineseOrKana = @"[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+";

    public static readonly string[] DeepSeekV3 =
        [@"\p{N}{1,3}", ChineseOrKana, MarkedWords + @"[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"];

    public static readonly string[] Spark =
        [@"\p{N}{1,3}", ChineseOrKana, MarkedWords + @"|[\r\n]|\s+(?!\S)|\s+", @"\p{N}"];

    public static readonly string[] Afmoe =
    [
        @"[\u4E00-\u9FFF\u3400-\u4DBF\uF900-\uFAFF\u3040-\u309F\u30A0-\u30FF\uFF65-\uFF9F\u2F00-\u2FDF\u0E40-\u0E7F\u0E80-\u0EFF\u1780-\u17FF\u1000-\u109F\uAA60-\uAA7F\uA9E0-\uA9FF\uAC00-\uD7AF\u1100-\u11FF]+",
        MarkedWords + @"[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    ];

    public static readonly string[] Youtu =
    [
        @"[\uAC00-\uD7A3\u3131-\u318E]+|[\uFF01\u2026\u201C\u201D\u2018\u2019\u2014\uFF1A\uFF1B\uFF0C\u3001-\u303F\uFE30-\uFE4F]+|[\u3105-\u312F]+|" + ChineseOrKana,
        LowerWord + Contractions + "?|" + UpperWord + Contractions + @"?|\p{N}" + RestWithSlash,
    ];

    public static readonly string[] DeepSeekCoder =
        ["[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", @"[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+", @"\p{N}"];

    public static readonly string[] DeepSeekLlm =
    [
        "[\r\n]",
        // Letters that have a case.
        @"\s?["
            + @"A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556"
            + @"\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D"
            + @"\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D"
            + @"\u212F-\u2134\u2139\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF"
            + @"\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A\x{10400}-\x{1044F}\x{104B0}-\x{104D3}\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}"
            + "]+",
        @"\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+",
        @"\s+$",
        @"[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+",
        @"\p{N}",
    ];

    public static readonly string[] SingleDigits = [@"\p{N}", Gpt2];

    public static readonly string[] Falcon = [@"[\p{P}\$\+<=>\^~\|`]+", Gpt2, "[0-9][0-9][0-9]"];

    public static readonly string[] Default = [@"[\p{P}\$\+<=>\^~\|]+", Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"];

    public static readonly string[] Chameleon =
        ["<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", "([\t\n]|    |  )", @"\p{N}", @"[\p{P}!-/:-@\[-`{-~]", Gpt2];
}
