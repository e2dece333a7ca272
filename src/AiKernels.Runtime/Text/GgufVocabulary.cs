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
    public const string AddBosKey = "tokenizer.ggml.add_bos_token";
    public const string AddEosKey = "tokenizer.ggml.add_eos_token";
    public const string AddSpacePrefixKey = "tokenizer.ggml.add_space_prefix";

    // How files say that there is no such token.
    private const long None = uint.MaxValue;

    public static Vocabulary Read(GgufMetadata metadata)
    {
        var isSentencePiece = metadata.GetString(ModelKey) == "llama";
        var pre = metadata.TryGetString(PreKey, out var name) ? name : null;
        var vocabulary = new Vocabulary
        {
            Model = metadata.GetString(ModelKey),
            Pre = pre,
            Tokens = metadata.GetUtf8Texts(TokensKey),
            Types = metadata.Contains(TypesKey) ? Array.ConvertAll(metadata.GetIntegers(TypesKey), TypeOf) : [],
            Scores = metadata.Contains(ScoresKey) ? metadata.GetFloats(ScoresKey) : [],
            Merges = metadata.Contains(MergesKey) ? metadata.GetUtf8Texts(MergesKey) : [],
            Bos = Id(metadata, BosKey),
            Eos = Id(metadata, EosKey),
            Eot = Id(metadata, EotKey),
            Unknown = Id(metadata, UnknownKey),
            Padding = Id(metadata, PaddingKey),
            AddBos = metadata.GetBoolean(AddBosKey, isSentencePiece || pre == "llama-bpe"),
            AddEos = metadata.GetBoolean(AddEosKey, false),
            AddSpacePrefix = metadata.GetBoolean(AddSpacePrefixKey, isSentencePiece),
        };
        if (VocabularyCheck.FirstFault(vocabulary) is var (key, problem))
        {
            throw metadata.Invalid(key, problem);
        }

        vocabulary.IsValid = true;
        return vocabulary;
    }

    // Kept apart from every defined type, so that the vocabulary's own check refuses it.
    private static TokenType TypeOf(long type) => (TokenType)(int)Math.Clamp(type, -1, int.MaxValue);

    private static int? Id(GgufMetadata metadata, string key) =>
        metadata.TryGetInteger(key, out var id) && id != None ? (int)Math.Clamp(id, -1, int.MaxValue) : null;
}
