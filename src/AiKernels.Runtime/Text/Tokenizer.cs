using System.Text;
using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Text;

/// <summary>Turns text into a model's tokens and back.</summary>
/// <remarks>Thread-safe. Text with lone surrogates is read as if they were U+FFFD.</remarks>
public abstract class Tokenizer
{
    private readonly Utf8Texts _pieces;
    private readonly MergeTable _merges;
    private readonly SpecialTokens _userDefined;
    private readonly SpecialTokens _allSpecial;

    private protected Tokenizer(Vocabulary vocabulary, Utf8Texts pieces, MergeTable merges)
    {
        Vocabulary = vocabulary;
        _pieces = pieces;
        _merges = merges;
        _userDefined = new(vocabulary, TokenType.UserDefined);
        _allSpecial = new(vocabulary, TokenType.UserDefined, TokenType.Control, TokenType.Unknown);
    }

    /// <summary>The vocabulary that this tokenizer was made from.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>How many tokens there are; ids run from 0 to one less.</summary>
    public int VocabularySize => _pieces.Count;

    /// <summary>What a text begins with: the begin token, where the vocabulary asks for it.</summary>
    internal int[] Begin => Vocabulary is { AddBos: true, Bos: { } bos } ? [bos] : [];

    /// <summary>Whether a space that the first piece of a text begins with was put there by <see cref="Encode"/>.</summary>
    private protected abstract bool DropsLeadingSpace { get; }

    /// <summary>Makes the tokenizer that <paramref name="vocabulary"/> describes.</summary>
    /// <exception cref="InvalidDataException">The vocabulary contradicts itself, or its model or pre-tokenizer is unknown.</exception>
    public static Tokenizer Create(Vocabulary vocabulary)
    {
        vocabulary.Validate();
        return vocabulary.Model switch
        {
            "llama" => new SentencePieceTokenizer(vocabulary),
            "gpt2" => new BytePairTokenizer(vocabulary),
            _ => throw new InvalidDataException(
                $"tokenizer.ggml.model is {Printable.Quote(vocabulary.Model)}; the known ones are llama and gpt2"),
        };
    }

    /// <summary>The tokens of <paramref name="text"/>, without a begin or end that the text does not spell.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="parseSpecial">
    /// Whether the names of control tokens in the text stand for them. Leave it off for text that isn't trusted.
    /// </param>
    public int[] Encode(string text, bool parseSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. Tokens(text, parseSpecial)];
    }

    /// <summary>The tokens of a whole text: <see cref="Encode"/> between the begin and end that the vocabulary asks for.</summary>
    /// <inheritdoc cref="Encode" path="/param"/>
    public int[] EncodeWithSpecial(string text, bool parseSpecial = false)
    {
        ReadOnlySpan<int> end = Vocabulary is { AddEos: true, Eos: { } eos } ? [eos] : [];
        return [.. Begin, .. Tokens(text, parseSpecial), .. end];
    }

    /// <summary>The text that <paramref name="ids"/> stand for; bytes that are no UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Tokens, from the beginning of a text.</param>
    /// <param name="renderSpecial">Whether control tokens appear by name; otherwise they render as nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool renderSpecial = false)
    {
        List<byte> bytes = [];
        var isStart = true;
        foreach (var id in ids)
        {
            bytes.AddRange(Render(id, renderSpecial, ref isStart));
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>The bytes that <paramref name="id"/> stands for, not always whole characters; a control token's are its name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public ReadOnlySpan<byte> Piece(int id) =>
        (uint)id < (uint)_pieces.Count
            ? _pieces[id]
            : throw new ArgumentOutOfRangeException(nameof(id), id, $"the vocabulary has {_pieces.Count} tokens");

    /// <summary>Whether a model that says <paramref name="id"/> has finished.</summary>
    public bool IsEndOfGeneration(int id) => Vocabulary.EndOfGeneration.Contains(id);

    /// <summary>What <paramref name="id"/> adds to a text.</summary>
    internal ReadOnlySpan<byte> Render(int id, bool renderSpecial, ref bool isStart)
    {
        var piece = Piece(id);
        if (!renderSpecial && Vocabulary.Type(id) is not (TokenType.Normal or TokenType.UserDefined or TokenType.Byte))
        {
            return [];
        }

        var dropsSpace = isStart && DropsLeadingSpace && piece.StartsWith((byte)' ');
        isStart &= piece.IsEmpty;
        return dropsSpace ? piece[1..] : piece;
    }

    /// <summary>Writes the tokens that <paramref name="word"/> consists of before any merge, at most one a byte.</summary>
    /// <returns>How many there are.</returns>
    internal abstract int Spell(ReadOnlySpan<byte> word, Span<int> tokens);

    /// <summary>The UTF-8 of <paramref name="text"/> as words are cut from it.</summary>
    private protected abstract byte[] Prepare(ReadOnlySpan<char> text);

    /// <summary>The length of the word that <paramref name="text"/>, not empty, begins with. No merge crosses its end.</summary>
    private protected abstract int WordLength(ReadOnlySpan<byte> text);

    private List<int> Tokens(ReadOnlySpan<char> text, bool parseSpecial)
    {
        var specials = parseSpecial ? _allSpecial : _userDefined;
        var words = new WordEncoder(this, _merges);
        while (specials.TryFind(text, out var special))
        {
            AppendWords(text[..special.Start], words);
            words.Tokens.Add(special.Token);
            text = text[(special.Start + special.Length)..];
        }

        AppendWords(text, words);
        return words.Tokens;
    }

    private void AppendWords(ReadOnlySpan<char> text, WordEncoder words)
    {
        if (text.IsEmpty)
        {
            return;
        }

        ReadOnlySpan<byte> remaining = Prepare(text);
        while (!remaining.IsEmpty)
        {
            var length = WordLength(remaining);
            words.Append(remaining[..length]);
            remaining = remaining[length..];
        }
    }
}
