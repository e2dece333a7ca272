using System.Text;
using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Text;

/// <summary>What a tokenizer needs to know of a model: its tokens and how text is cut into them.</summary>
/// <remarks>Independent of the kind of file it comes from; messages name GGUF's keys, under which users know the fields.</remarks>
/// <example>
/// <code>
/// using var file = GgufFile.Open("model.gguf");
/// var vocabulary = Vocabulary.FromGguf(file);
/// Console.WriteLine($"{vocabulary.Model}, {vocabulary.Tokens.Count} tokens");
/// </code>
/// </example>
public sealed class Vocabulary
{
    // Names under which models that don't declare them all end a turn or a text.
    private static readonly HashSet<string> EndNames =
    [
        "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>", "<end_of_turn>", "<EOT>",
        "<｜end▁of▁sentence｜>", "<|observation|>", ToolCallEnd, AnswerEnd,
    ];

    // Of gpt-oss, to which "<|end|>" is the end of a message, and behind its reasoning comes another one.
    private const string ToolCallEnd = "<|call|>", AnswerEnd = "<|return|>", MessageEnd = "<|end|>";

    private HashSet<int>? _endOfGeneration;
    private Utf8Texts? _tokenTexts, _mergeTexts;

    /// <summary>
    /// How text is cut, by GGUF's names: <c>llama</c> (SentencePiece's merges by scores), <c>gpt2</c> (byte-level merges),
    /// <c>t5</c> (SentencePiece's unigrams), <c>bert</c> (WordPiece) or <c>gemma4</c> (merges of characters).
    /// </summary>
    public required string Model { get; init; }

    /// <summary>The way in which text is split into words before byte-level merges, by llama.cpp's names; unused by others.</summary>
    public string? Pre { get; init; }

    /// <summary>The text of each token in UTF-8, as the file holds it. The index is the token's id.</summary>
    public required IReadOnlyList<byte[]> Tokens { get; init; }

    /// <summary>What each token is for; empty if all are <see cref="TokenType.Normal"/>.</summary>
    public IReadOnlyList<TokenType> Types { get; init; } = [];

    /// <summary>How much <c>llama</c> and <c>t5</c> prefer each token: the highest goes first.</summary>
    public IReadOnlyList<float> Scores { get; init; } = [];

    /// <summary>The merges of <c>gpt2</c> and <c>gemma4</c>, best first: two tokens' texts with a space between.</summary>
    public IReadOnlyList<byte[]> Merges { get; init; } = [];

    /// <summary>
    /// Whether <c>gpt2</c> has no list of merges: any two tokens join whose joint text is one, the lowest id first, as tiktoken
    /// has it.
    /// </summary>
    public bool MergesByRank { get; init; }

    /// <summary>What <c>llama</c> and <c>t5</c> normalize characters to, as SentencePiece's models hold it; null for nothing.</summary>
    public byte[]? CharacterMap { get; init; }

    /// <summary>The token that begins a text, if there is one.</summary>
    public int? Bos { get; init; }

    /// <summary>The token that ends a text, if there is one.</summary>
    public int? Eos { get; init; }

    /// <summary>The token that ends a turn of a conversation, if there is one.</summary>
    public int? Eot { get; init; }

    /// <summary>The token for what no other token spells, if there is one.</summary>
    public int? Unknown { get; init; }

    /// <summary>The token that fills rows of a batch, if there is one.</summary>
    public int? Padding { get; init; }

    /// <summary>The token that ends each part of a text for <c>bert</c>, if there is one.</summary>
    public int? Separator { get; init; }

    /// <summary>Whether a prompt begins with <see cref="Bos"/>.</summary>
    public bool AddBos { get; init; }

    /// <summary>Whether a prompt ends with <see cref="Eos"/>.</summary>
    public bool AddEos { get; init; }

    /// <summary>Whether a prompt ends with <see cref="Separator"/>.</summary>
    public bool AddSeparator { get; init; }

    /// <summary>Whether <c>llama</c> and <c>t5</c> put a space before a text, so that a first word is cut as any other.</summary>
    public bool AddSpacePrefix { get; init; }

    /// <summary>Whether <c>llama</c> and <c>t5</c> make one space of several, and none of those at the ends.</summary>
    public bool RemoveExtraSpaces { get; init; }

    /// <summary>Whether the space that <see cref="AddSpacePrefix"/> adds goes behind the text, since words end with theirs.</summary>
    public bool SpaceBehindWords { get; init; }

    /// <summary>Whether <c>bert</c> knows small letters only.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>Whether <c>bert</c> knows no accents; null: as <see cref="Lowercase"/>.</summary>
    public bool? StripAccents { get; init; }

    /// <summary>Whether white space behind a special token of <c>llama</c> belongs to it, as with Phi-3.</summary>
    public bool StripsBehindSpecial { get; init; }

    /// <summary>The tokens at which generation stops: the end of a text, of a turn, and those known by name.</summary>
    public IReadOnlySet<int> EndOfGeneration => _endOfGeneration ??= FindEndOfGeneration();

    /// <summary>What is done with text where a file spells it out; null if the other fields say it all.</summary>
    internal TokenizerRules? Rules { get; init; }

    /// <summary><see cref="Tokens"/>, without an array for each.</summary>
    internal Utf8Texts TokenTexts => _tokenTexts ??= Utf8Texts.Of(Tokens);

    /// <summary><see cref="Merges"/>, without an array for each.</summary>
    internal Utf8Texts MergeTexts => _mergeTexts ??= Utf8Texts.Of(Merges);

    /// <summary>Whether the fields were found to fit each other.</summary>
    internal bool IsValid { get; set; }

    /// <summary>What token <paramref name="id"/> is for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such token.</exception>
    public TokenType Type(int id) =>
        Types is TokenType[] types && (uint)id < (uint)types.Length ? types[id] // The usual way, some million times a start.
        : Types.Count == 0 ? TokenType.Normal
        : Types[id];

    /// <summary>How much token <paramref name="id"/> is preferred; 0 where there are no scores.</summary>
    internal float Score(int id) => Scores.Count == 0 ? 0 : Scores[id];

    /// <summary>Reads the vocabulary of a GGUF file.</summary>
    /// <exception cref="InvalidDataException">A field is missing or contradicts another; the message names it.</exception>
    public static Vocabulary FromGguf(GgufFile file) => GgufVocabulary.Read(file.Metadata);

    /// <summary>Checks that the fields fit each other; <see cref="Tokenizer.Create"/> does.</summary>
    /// <exception cref="InvalidDataException">They don't; the message names the field.</exception>
    public void Validate()
    {
        if (!IsValid && VocabularyCheck.FirstFault(this) is var (key, problem))
        {
            throw new InvalidDataException($"{key} {problem}");
        }

        IsValid = true;
    }

    private HashSet<int> FindEndOfGeneration()
    {
        List<(string Name, int Id)> named = [];
        for (var id = 0; id < Tokens.Count; id++)
        {
            if (Type(id) is TokenType.Control or TokenType.UserDefined && Encoding.UTF8.GetString(TokenTexts[id]) is var name && EndNames.Contains(name))
            {
                named.Add((name, id));
            }
        }

        if (named.Exists(end => end.Name == ToolCallEnd) && named.Exists(end => end.Name == AnswerEnd))
        {
            named.RemoveAll(end => end.Name == MessageEnd);
        }

        HashSet<int> ends = [.. named.Select(end => end.Id)];
        foreach (var id in new[] { Eos, Eot })
        {
            if (id is { } end)
            {
                ends.Add(end);
            }
        }

        return ends;
    }
}
