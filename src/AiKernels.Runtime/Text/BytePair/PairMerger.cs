namespace AiKernels.Runtime.Text;

/// <summary>
/// Joins neighbouring tokens, always the best-ranked pair and among equals the leftmost, until no pair is left.
/// Holds the working memory of one encoding.
/// </summary>
/// <remarks>
/// A short word is searched for its best pair each time, which takes time quadratic in its length but touches little memory.
/// A long one goes through <see cref="MergeQueue"/>.
/// </remarks>
internal sealed class PairMerger
{
    // Where both ways take the same time.
    private const int LongestSearched = 40;

    private readonly int[] _ranks = new int[LongestSearched], _joined = new int[LongestSearched];
    private MergeQueue? _queue;

    /// <summary>Joins <paramref name="tokens"/> in place.</summary>
    /// <returns>How many are left, at the front.</returns>
    public int Merge(MergeTable merges, Span<int> tokens) =>
        tokens.Length < 2 ? tokens.Length
        : tokens.Length <= LongestSearched ? MergeShort(merges, tokens)
        : (_queue ??= new MergeQueue()).Merge(merges, tokens);

    /// <summary>Lets go of what a very long word needed.</summary>
    public void Trim()
    {
        if (_queue is { IsLarge: true })
        {
            _queue = null;
        }
    }

    private int MergeShort(MergeTable merges, Span<int> tokens)
    {
        var ranks = _ranks.AsSpan();
        var joined = _joined.AsSpan();
        var pairs = tokens.Length - 1;
        for (var i = 0; i < pairs; i++)
        {
            (ranks[i], joined[i]) = merges.Find(tokens[i], tokens[i + 1]);
        }

        while (true)
        {
            var (best, at) = (MergeTable.NoRank, 0);
            for (var i = 0; i < pairs; i++)
            {
                if (ranks[i] < best)
                {
                    (best, at) = (ranks[i], i);
                }
            }

            if (best == MergeTable.NoRank)
            {
                return pairs + 1;
            }

            tokens[at] = joined[at];
            for (var i = at + 1; i < pairs; i++)
            {
                (tokens[i], ranks[i - 1], joined[i - 1]) = (tokens[i + 1], ranks[i], joined[i]);
            }

            pairs--;
            if (at > 0)
            {
                (ranks[at - 1], joined[at - 1]) = merges.Find(tokens[at - 1], tokens[at]);
            }

            if (at < pairs)
            {
                (ranks[at], joined[at]) = merges.Find(tokens[at], tokens[at + 1]);
            }
        }
    }
}
