using System.Runtime.CompilerServices;
using System.Text;

namespace AiKernels.Runtime.Text;

/// <summary>Turns text into a model's tokens and back.</summary>
/// <remarks>
/// <para>Thread-safe. Text with lone surrogates is read as if they were U+FFFD.</para>
/// <para>Letters, digits and white space are what .NET's version of Unicode says; a model was trained with the version of its
/// own time. Characters that were added in between may be cut differently.</para>
/// </remarks>
/// <example>
/// <code>
/// var tokenizer = Tokenizer.Load("tokenizer.json");
/// var ids = tokenizer.Encode("Hello world");
/// Console.WriteLine(tokenizer.Decode(ids)); // Hello world
/// </code>
/// </example>
public sealed class Tokenizer
{
    private readonly Utf8Texts _pieces;
    private readonly Stage _first;
    private readonly bool _dropsLeadingSpace;

    // The working memory of the last run, if no other run has it.
    private EncodingRun? _idle;

    private Tokenizer(Vocabulary vocabulary, TokenizerRules rules)
    {
        Vocabulary = vocabulary;
        _pieces = TokenPieces.Of(vocabulary, rules);
        _dropsLeadingSpace = rules.DropsLeadingSpace;
        _first = StagesOf(vocabulary, rules, TokenModels.Of(vocabulary, rules, _pieces));
        Begin = rules.Begin ?? (vocabulary is { AddBos: true, Bos: { } bos } ? [bos] : []);
        End = rules.End ??
        [
            .. vocabulary is { AddSeparator: true, Separator: { } separator } ? (int[])[separator] : [],
            .. vocabulary is { AddEos: true, Eos: { } eos } ? (int[])[eos] : [],
        ];
    }

    /// <summary>The vocabulary that this tokenizer was made from.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>How many tokens there are; ids run from 0 to one less.</summary>
    public int VocabularySize => _pieces.Count;

    /// <summary>What a whole text begins with, where the vocabulary asks for it.</summary>
    internal int[] Begin { get; }

    /// <summary>What a whole text ends with, where the vocabulary asks for it.</summary>
    internal int[] End { get; }

    /// <summary>Makes the tokenizer that <paramref name="vocabulary"/> describes.</summary>
    /// <exception cref="InvalidDataException">The vocabulary contradicts itself, or its model or pre-tokenizer is unknown.</exception>
    public static Tokenizer Create(Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        vocabulary.Validate();
        return new Tokenizer(vocabulary, vocabulary.Rules ?? TokenizerRules.Of(vocabulary));
    }

    /// <summary>
    /// Makes the tokenizer of a model file (GGUF), of a file with nothing but a tokenizer (<c>tokenizer.json</c>, SentencePiece's
    /// or tiktoken's <c>tokenizer.model</c>), or of a folder with such files.
    /// </summary>
    /// <param name="path">A file, whose kind its contents tell, or a folder.</param>
    /// <param name="pre">
    /// How text is split, by llama.cpp's names (<c>qwen2</c>, <c>llama-bpe</c> ...), for files that don't say: tiktoken's, and
    /// lists of merges.
    /// </param>
    /// <exception cref="InvalidDataException">It is no tokenizer, or a bad one; the message names the field and its place.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="ArgumentException">There is no way to split text that is called <paramref name="pre"/>.</exception>
    public static Tokenizer Load(string path, string? pre = null) => Create(TokenizerFiles.Read(path, pre));

    /// <summary>The tokens of <paramref name="text"/>, without a begin or end that the text does not spell.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="parseSpecial">
    /// Whether the names of control tokens in the text stand for them. Leave it off for text that isn't trusted.
    /// </param>
    /// <exception cref="InvalidDataException">The tokenizer's file asks for too much work on this text.</exception>
    public int[] Encode(string text, bool parseSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encode([], text, parseSpecial, []);
    }

    /// <summary>The tokens of a whole text: <see cref="Encode(string, bool)"/> between the begin and end that the vocabulary asks for.</summary>
    /// <inheritdoc cref="Encode(string, bool)" path="/param"/>
    /// <inheritdoc cref="Encode(string, bool)" path="/exception"/>
    public int[] EncodeWithSpecial(string text, bool parseSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encode(Begin, text, parseSpecial, End);
    }

    /// <summary>
    /// The tokens of a text in which the names of control tokens stand for them, except where a mark follows their first
    /// character, and but for those that are looked for in normalized text. The marks themselves are no part of the text.
    /// </summary>
    /// <param name="text">The text with its marks.</param>
    /// <param name="marks">How a mark may be written; of several that fit, the first counts.</param>
    internal int[] EncodeMarked(string text, ReadOnlySpan<string> marks)
    {
        var run = Interlocked.Exchange(ref _idle, null) ?? new EncodingRun();
        (run.ParseSpecial, run.IsGuarded) = (true, true);
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            var (place, length) = FirstOf(marks, rest);
            run.Text.Append(rest[..place]);
            if (length > 0 && run.Text.Length > 0)
            {
                run.Barred.Add(LastCharacter(run.Text.Text));
            }

            rest = rest[(place + length)..];
        }

        return Finish([], run, []);
    }

    /// <summary>The text that <paramref name="ids"/> stand for; bytes that are no UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Tokens, from the beginning of a text.</param>
    /// <param name="renderSpecial">Whether control tokens appear by name; otherwise they render as nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool renderSpecial = false)
    {
        var text = new Utf8Buffer();
        var isStart = true;
        foreach (var id in ids)
        {
            text.Append(Render(id, renderSpecial, ref isStart));
        }

        return Encoding.UTF8.GetString(text.Text);
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

        var dropsSpace = isStart && _dropsLeadingSpace && piece.StartsWith((byte)' ');
        isStart &= piece.IsEmpty;
        return dropsSpace ? piece[1..] : piece;
    }

    private static Stage StagesOf(Vocabulary vocabulary, TokenizerRules rules, Stage model)
    {
        var stage = rules.Splits.Reverse().Aggregate(model, (next, rule) => rule.Before(next));
        List<AddedToken> asGiven = [], normalized = [];
        FindAdded(vocabulary, rules, asGiven, normalized);
        stage = normalized.Count > 0 ? new AddedTokenStage(normalized, stage, isFirst: false) : stage;
        stage = rules.Normalizer is { } normalizer ? new NormalizerStage(normalizer, stage) : stage;
        return asGiven.Count > 0 ? new AddedTokenStage(asGiven, stage, isFirst: true) : stage;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // One pass over a whole vocabulary, while a model loads.
    private static void FindAdded(Vocabulary vocabulary, TokenizerRules rules, List<AddedToken> asGiven, List<AddedToken> normalized)
    {
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            var type = vocabulary.Type(id);
            if (!TokenPieces.IsAdded(type) || vocabulary.TokenTexts[id].Length == 0)
            {
                continue;
            }

            var flags = rules.Flags.GetValueOrDefault(id);
            var isNormalized = flags.HasFlag(AddedTokenFlags.Normalized);
            var text = vocabulary.TokenTexts[id].ToArray();
            text = isNormalized && rules.Normalizer is { } normalizer ? Normalize(normalizer, text) : text;
            (isNormalized ? normalized : asGiven).Add(
                new AddedToken(id, text, type != TokenType.UserDefined, flags & ~(AddedTokenFlags.Normalized | AddedTokenFlags.OutsideModel)));
        }
    }

    private static byte[] Normalize(Normalizer normalizer, byte[] text)
    {
        var buffer = new Utf8Buffer();
        buffer.LimitTo(text.Length);
        normalizer.Normalize(text, buffer);
        return buffer.Text.ToArray();
    }

    private int[] Encode(ReadOnlySpan<int> begin, string text, bool parseSpecial, ReadOnlySpan<int> end)
    {
        var run = Interlocked.Exchange(ref _idle, null) ?? new EncodingRun();
        run.ParseSpecial = parseSpecial;
        run.Text.Append(text);
        return Finish(begin, run, end);
    }

    private int[] Finish(ReadOnlySpan<int> begin, EncodingRun run, ReadOnlySpan<int> end)
    {
        if (run.Text.Length > 0)
        {
            _first.Take(run.Text.Text, isStart: true, run);
        }

        int[] tokens = [.. begin, .. run.Tokens, .. end];
        run.Clear();
        _idle = run;
        return tokens;
    }

    private static (int Place, int Length) FirstOf(ReadOnlySpan<string> marks, ReadOnlySpan<char> text)
    {
        var first = (Place: text.Length, Length: 0);
        foreach (var mark in marks)
        {
            var place = text[..Math.Min(text.Length, first.Place + mark.Length)].IndexOf(mark);
            first = place >= 0 && place < first.Place ? (place, mark.Length) : first;
        }

        return first;
    }

    /// <summary>Where the last character begins.</summary>
    private static int LastCharacter(ReadOnlySpan<byte> text)
    {
        var start = text.Length - 1;
        while (start > 0 && (text[start] & 0xC0) == 0x80)
        {
            start--;
        }

        return start;
    }
}
