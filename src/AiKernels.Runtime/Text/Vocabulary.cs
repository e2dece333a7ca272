using System.Text;
using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Text;

/// <summary>What a tokenizer needs to know of a model: its tokens and how text is cut into them.</summary>
/// <remarks>Independent of the kind of file it comes from; messages name GGUF's keys, under which users know the fields.</remarks>
public sealed class Vocabulary
{
    // Names under which models that don't declare them all end a turn or a text.
    private static readonly HashSet<string> EndNames =
    [
        "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>", "<end_of_turn>", "<EOT>",
        "<｜end▁of▁sentence｜>",
    ];

    // Longer than any real token; finding the merges of a token takes time quadratic in its length.
    private const int LongestToken = 1024;

    private HashSet<int>? endOfGeneration;

    /// <summary>How text is cut: <c>llama</c> (SentencePiece's scores) or <c>gpt2</c> (byte-level merges).</summary>
    public required string Model { get; init; }

    /// <summary>The pattern that splits text into words before byte-level merges; unused by <c>llama</c>.</summary>
    public string? Pre { get; init; }

    /// <summary>The text of each token in UTF-8, as the file holds it. The index is the token's id.</summary>
    public required IReadOnlyList<byte[]> Tokens { get; init; }

    /// <summary>What each token is for; empty if all are <see cref="TokenType.Normal"/>.</summary>
    public IReadOnlyList<TokenType> Types { get; init; } = [];

    /// <summary>How much <c>llama</c> prefers each token: the highest goes first.</summary>
    public IReadOnlyList<float> Scores { get; init; } = [];

    /// <summary>The merges of <c>gpt2</c>, best first: two tokens' texts with a space between.</summary>
    public IReadOnlyList<byte[]> Merges { get; init; } = [];

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

    /// <summary>Whether a prompt begins with <see cref="Bos"/>.</summary>
    public bool AddBos { get; init; }

    /// <summary>Whether a prompt ends with <see cref="Eos"/>.</summary>
    public bool AddEos { get; init; }

    /// <summary>Whether <c>llama</c> puts a space before a text, so that a first word is cut as any other.</summary>
    public bool AddSpacePrefix { get; init; }

    /// <summary>The tokens at which generation stops: the end of a text, of a turn, and those known by name.</summary>
    public IReadOnlySet<int> EndOfGeneration => endOfGeneration ??= FindEndOfGeneration();

    /// <summary>What token <paramref name="id"/> is for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such token.</exception>
    public TokenType Type(int id) => Types.Count == 0 ? TokenType.Normal : Types[id];

    /// <summary>Reads the vocabulary of a GGUF file.</summary>
    /// <exception cref="InvalidDataException">A field is missing or contradicts another; the message names it.</exception>
    public static Vocabulary FromGguf(GgufFile file) => GgufVocabulary.Read(file.Metadata);

    /// <summary>Checks that the fields fit each other; <see cref="Tokenizer.Create"/> does.</summary>
    /// <exception cref="InvalidDataException">They don't; the message names the field.</exception>
    public void Validate()
    {
        if (FindFault() is var (key, problem))
        {
            throw new InvalidDataException($"{key} {problem}");
        }
    }

    /// <summary>The first field that does not fit the others, as the key that files have it under, and what is wrong.</summary>
    internal (string Key, string Problem)? FindFault() => FindFaults().Select(fault => ((string, string)?)fault).FirstOrDefault();

    private IEnumerable<(string Key, string Problem)> FindFaults()
    {
        if (Tokens.Count == 0)
        {
            yield return (GgufVocabulary.TokensKey, "is empty");
        }

        (string Key, int Length, bool IsOptional)[] lists =
        [
            (GgufVocabulary.TypesKey, Types.Count, true), (GgufVocabulary.ScoresKey, Scores.Count, Model != "llama"),
        ];
        foreach (var (key, length, isOptional) in lists)
        {
            if (length != Tokens.Count && !(isOptional && length == 0))
            {
                yield return (key, $"has {length} entries for {Tokens.Count} tokens");
            }
        }

        (string Key, int? Id)[] ids =
        [
            (GgufVocabulary.BosKey, Bos), (GgufVocabulary.EosKey, Eos), (GgufVocabulary.EotKey, Eot),
            (GgufVocabulary.UnknownKey, Unknown), (GgufVocabulary.PaddingKey, Padding),
        ];
        foreach (var (key, id) in ids)
        {
            if (id < 0 || id >= Tokens.Count)
            {
                yield return (key, $"is {id}, but the vocabulary has {Tokens.Count} tokens");
            }
        }

        foreach (var fault in FindTokenFaults())
        {
            yield return fault;
        }
    }

    private IEnumerable<(string Key, string Problem)> FindTokenFaults()
    {
        var seen = new Dictionary<byte[], int>(Tokens.Count, Utf8Comparer.Instance);
        for (var id = 0; id < Tokens.Count; id++)
        {
            if (Tokens[id].Length > LongestToken)
            {
                yield return (GgufVocabulary.TokensKey, $"has token {id} of {Tokens[id].Length} bytes; {LongestToken} is the most");
            }

            // Padding a vocabulary to a round size with empty texts is harmless: they are never looked up.
            if (Tokens[id].Length != 0 && !seen.TryAdd(Tokens[id], id))
            {
                yield return (GgufVocabulary.TokensKey, $"has the same text for tokens {seen[Tokens[id]]} and {id}");
            }

            if (Scores.Count != 0 && float.IsNaN(Scores[id]))
            {
                yield return (GgufVocabulary.ScoresKey, $"has no number for token {id}");
            }

            if (Type(id) is < TokenType.Undefined or > TokenType.Byte)
            {
                yield return (GgufVocabulary.TypesKey, $"has {(int)Type(id)} for token {id}, which is no token type");
            }
        }
    }

    private HashSet<int> FindEndOfGeneration()
    {
        HashSet<int> ends = [];
        for (var id = 0; id < Tokens.Count; id++)
        {
            if (Type(id) is TokenType.Control or TokenType.UserDefined && EndNames.Contains(Encoding.UTF8.GetString(Tokens[id])))
            {
                ends.Add(id);
            }
        }

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
