namespace AiKernels.Runtime.Text;

/// <summary>Turns words into tokens within one call of <see cref="Tokenizer.Encode"/>, remembering the words it has seen.</summary>
/// <remarks>Words repeat: in English, nine of ten need no merging. The memory is bounded and ends with the call.</remarks>
internal sealed class WordEncoder
{
    private const int LongestRemembered = 64;
    private const int MostRemembered = 1 << 16;

    private readonly Tokenizer tokenizer;
    private readonly PairMerger merger;
    private readonly Dictionary<byte[], int[]> seen = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], int[]>.AlternateLookup<ReadOnlySpan<byte>> seenBySpan;
    private int[] symbols = new int[LongestRemembered];

    public WordEncoder(Tokenizer tokenizer, MergeTable merges)
    {
        this.tokenizer = tokenizer;
        merger = new PairMerger(merges);
        seenBySpan = seen.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>The tokens found so far.</summary>
    public List<int> Tokens { get; } = [];

    /// <summary>Appends the tokens of <paramref name="word"/>.</summary>
    public void Append(ReadOnlySpan<byte> word)
    {
        if (word.Length > LongestRemembered)
        {
            Tokens.AddRange(Encode(word));
            return;
        }

        if (!seenBySpan.TryGetValue(word, out var tokens))
        {
            tokens = Encode(word).ToArray();
            if (seen.Count < MostRemembered)
            {
                seenBySpan[word] = tokens;
            }
        }

        Tokens.AddRange(tokens);
    }

    private ReadOnlySpan<int> Encode(ReadOnlySpan<byte> word)
    {
        if (symbols.Length < word.Length)
        {
            symbols = new int[word.Length];
        }

        var count = tokenizer.Spell(word, symbols);
        return symbols.AsSpan(0, merger.Merge(symbols.AsSpan(0, count)));
    }
}
