using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Text;

/// <summary>Reads a <see cref="Vocabulary"/> from the metadata of a GGUF file.</summary>
/// <remarks>Source: the section "Tokenizer" of ggml's <c>docs/gguf.md</c>; the defaults of absent keys are llama.cpp's.</remarks>
internal static class GgufVocabulary
{
    public const string ModelKey = "tokenizer.ggml.model";
    public const string PreKey = "tokenizer.ggml.pre";
    public const string TokensKey = "tokenizer.ggml.tokens";
    public const string TypesKey = "tokenizer.ggml.token_type";
    public const string ScoresKey = "tokenizer.ggml.scores";
    public const string MergesKey = "tokenizer.ggml.merges";
    public const string BosKey = "tokenizer.ggml.bos_token_id";
    public const string EosKey = "tokenizer.ggml.eos_token_id";
    public const string EotKey = "tokenizer.ggml.eot_token_id";
    public const string UnknownKey = "tokenizer.ggml.unknown_token_id";
    public const string PaddingKey = "tokenizer.ggml.padding_token_id";
    public const string SeparatorKey = "tokenizer.ggml.separator_token_id";
    public const string MisspeltSeparatorKey = "tokenizer.ggml.seperator_token_id"; // By llama.cpp's converter, for a year.
    public const string ClassKey = "tokenizer.ggml.cls_token_id";
    public const string AddBosKey = "tokenizer.ggml.add_bos_token";
    public const string AddEosKey = "tokenizer.ggml.add_eos_token";
    public const string AddSeparatorKey = "tokenizer.ggml.add_sep_token";
    public const string AddSpacePrefixKey = "tokenizer.ggml.add_space_prefix";
    public const string RemoveExtraSpacesKey = "tokenizer.ggml.remove_extra_whitespaces";
    public const string CharacterMapKey = "tokenizer.ggml.precompiled_charsmap";
    public const string LowercaseKey = "tokenizer.ggml.normalizer.lowercase";
    public const string StripAccentsKey = "tokenizer.ggml.normalizer.strip_accents";
    public const string NameKey = "general.name";

    // How files say that there is no such token.
    private const long None = uint.MaxValue;

    public static Vocabulary Read(GgufMetadata metadata)
    {
        var model = metadata.GetString(ModelKey);
        var (isSentencePiece, isBert) = (model == "llama", model == "bert");
        var pre = metadata.TryGetString(PreKey, out var name) ? name : null;
        var vocabulary = new Vocabulary
        {
            Model = model,
            Pre = pre,
            Tokens = metadata.GetUtf8Texts(TokensKey),
            Types = metadata.Contains(TypesKey) ? Array.ConvertAll(metadata.GetIntegers(TypesKey), TypeOf) : [],
            Scores = metadata.Contains(ScoresKey) ? metadata.GetFloats(ScoresKey) : [],
            Merges = metadata.Contains(MergesKey) ? metadata.GetUtf8Texts(MergesKey) : [],
            MergesByRank = pre == "kimi-k2" && !metadata.Contains(MergesKey),
            CharacterMap = metadata.Contains(CharacterMapKey)
                ? Array.ConvertAll(metadata.GetIntegers(CharacterMapKey), value => unchecked((byte)value)) : null,
            Bos = Id(metadata, BosKey) ?? (isBert ? Id(metadata, ClassKey) : null),
            Eos = Id(metadata, EosKey),
            Eot = Id(metadata, EotKey),
            Unknown = Id(metadata, UnknownKey),
            Padding = Id(metadata, PaddingKey),
            Separator = Id(metadata, SeparatorKey) ?? Id(metadata, MisspeltSeparatorKey),
            AddBos = metadata.GetBoolean(AddBosKey, isSentencePiece || isBert || (model == "gpt2" && Family.Find(pre) is { AddsBos: true })),
            AddEos = metadata.GetBoolean(AddEosKey, model == "t5"),
            AddSeparator = metadata.GetBoolean(AddSeparatorKey, isBert),
            AddSpacePrefix = metadata.GetBoolean(AddSpacePrefixKey, isSentencePiece),
            RemoveExtraSpaces = metadata.GetBoolean(RemoveExtraSpacesKey, false),
            StripsBehindSpecial = isSentencePiece && IsPhi3(metadata),
            Lowercase = metadata.GetBoolean(LowercaseKey, true),
            StripAccents = metadata.TryGetBoolean(StripAccentsKey, out var strips) ? strips : null,
        };
        if (VocabularyCheck.FirstFault(vocabulary) is var (key, problem))
        {
            throw metadata.Invalid(key, problem);
        }

        vocabulary.IsValid = true;
        return vocabulary;
    }

    // Files have no field for it; llama.cpp goes by the name, too.
    private static bool IsPhi3(GgufMetadata metadata) => metadata.TryGetString(NameKey, out var name)
        && (name.Contains("phi-3", StringComparison.OrdinalIgnoreCase) || name.Contains("phi3", StringComparison.OrdinalIgnoreCase));

    // Kept apart from every defined type, so that the vocabulary's own check refuses it.
    private static TokenType TypeOf(long type) => (TokenType)(int)Math.Clamp(type, -1, int.MaxValue);

    private static int? Id(GgufMetadata metadata, string key) =>
        metadata.TryGetInteger(key, out var id) && id != None ? (int)Math.Clamp(id, -1, int.MaxValue) : null;
}
