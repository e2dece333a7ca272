namespace AiKernels.Runtime.Text;

/// <summary>Which neighbouring tokens join to a longer one, and in what order: the lowest rank first.</summary>
internal sealed class MergeTable
{
    // Looking for the merges of a token reads its text once for each place where it could be split. The largest
    // vocabularies, of 262,144 tokens, have some 600,000 merges and read some 30 MB.
    private const long MostRead = 256L << 20;
    private const int MostMerges = 4 << 20;

    private readonly Dictionary<(int Left, int Right), (int Rank, int Token)> _merges;

    private MergeTable(int capacity) => _merges = new(capacity);

    public bool TryGet(int left, int right, out (int Rank, int Token) merge) =>
        _merges.TryGetValue((left, right), out merge);

    /// <summary>Merges as a byte-level vocabulary lists them, best first, each as "left right" in the byte alphabet.</summary>
    /// <exception cref="InvalidDataException">A merge is not two tokens that join to a third.</exception>
    public static MergeTable FromList(IReadOnlyList<byte[]> merges, TokenIndex tokens)
    {
        var table = new MergeTable(merges.Count);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            ReadOnlySpan<byte> merge = merges[rank];
            var space = merge.IndexOf((byte)' ');
            if (space <= 0
                || ByteAlphabet.Decode(merge[..space]) is not { } left
                || ByteAlphabet.Decode(merge[(space + 1)..]) is not { } right
                || !tokens.TryGet(left, out var leftToken)
                || !tokens.TryGet(right, out var rightToken)
                || !tokens.TryGet([.. left, .. right], out var token))
            {
                throw new InvalidDataException(
                    $"tokenizer.ggml.merges[{rank}] does not name two tokens of the vocabulary that join to a third");
            }

            // Of two equal merges only the first can ever be the better one.
            table._merges.TryAdd((leftToken, rightToken), (rank, token));
        }

        return table;
    }

    /// <summary>Merges as SentencePiece implies them: any two tokens whose texts join to a token, best score first.</summary>
    /// <remarks>
    /// Equal scores give equal ranks, so that the leftmost pair goes first among them. A token with a character that is
    /// no token itself has no merges and is never produced.
    /// </remarks>
    /// <exception cref="InvalidDataException">The tokens are so long, or join in so many ways, that no vocabulary is like it.</exception>
    public static MergeTable FromScores(IReadOnlyList<float> scores, TokenIndex tokens)
    {
        if (tokens.Sum(token => (long)token.Key.Length * token.Key.Length) > MostRead)
        {
            throw new InvalidDataException("tokenizer.ggml.tokens has more long tokens than any vocabulary");
        }

        var ranks = Ranks(scores);
        var table = new MergeTable(4 * tokens.Count);
        foreach (var (text, token) in tokens)
        {
            for (var split = 1; split < text.Length; split++)
            {
                if (tokens.TryGet(text.AsSpan(0, split), out var left) && tokens.TryGet(text.AsSpan(split), out var right))
                {
                    table._merges.TryAdd((left, right), (ranks[token], token));
                }
            }

            if (table._merges.Count > MostMerges)
            {
                throw new InvalidDataException("tokenizer.ggml.tokens has tokens that join in more ways than any vocabulary's");
            }
        }

        return table;
    }

    private static int[] Ranks(IReadOnlyList<float> scores)
    {
        var order = new int[scores.Count];
        for (var token = 0; token < order.Length; token++)
        {
            order[token] = token;
        }

        Array.Sort(order, (a, b) => scores[b].CompareTo(scores[a]));
        var ranks = new int[order.Length];
        for (var i = 1; i < order.Length; i++)
        {
            var isEqual = scores[order[i]].CompareTo(scores[order[i - 1]]) == 0;
            ranks[order[i]] = ranks[order[i - 1]] + (isEqual ? 0 : 1);
        }

        return ranks;
    }
}
