namespace AiKernels.Runtime.Text;

/// <summary>Turns words into tokens within one call of <see cref="Tokenizer.Encode"/>, remembering the words it has seen.</summary>
/// <remarks>Words repeat: in English, nine of ten need no merging. The memory is bounded and ends with the call.</remarks>
internal sealed class WordEncoder
{
    private const int LongestRemembered = 64;
    private const int MostRemembered = 1 << 16;

    private readonly Tokenizer _tokenizer;
    private readonly PairMerger _merger;
    private readonly Dictionary<byte[], int[]> _seen = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], int[]>.AlternateLookup<ReadOnlySpan<byte>> _seenBySpan;
    private int[] _symbols = new int[LongestRemembered];

    public WordEncoder(Tokenizer tokenizer, MergeTable merges)
    {
        _tokenizer = tokenizer;
        _merger = new PairMerger(merges);
        _seenBySpan = _seen.GetAlternateLookup<ReadOnlySpan<byte>>();
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

        if (!_seenBySpan.TryGetValue(word, out var tokens))
        {
            tokens = Encode(word).ToArray();
            if (_seen.Count < MostRemembered)
            {
                _seenBySpan[word] = tokens;
            }
        }

        Tokens.AddRange(tokens);
    }

    private ReadOnlySpan<int> Encode(ReadOnlySpan<byte> word)
    {
        if (_symbols.Length < word.Length)
        {
            _symbols = new int[word.Length];
        }

        var count = _tokenizer.Spell(word, _symbols);
        return _symbols.AsSpan(0, _merger.Merge(_symbols.AsSpan(0, count)));
    }
}
