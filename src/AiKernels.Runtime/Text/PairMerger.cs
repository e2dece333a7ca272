namespace AiKernels.Runtime.Text;

/// <summary>
/// Joins neighbouring tokens, always the best-ranked pair and among equals the leftmost, until no pair is left.
/// Holds the working memory of one encoding; n symbols take O(n log n).
/// </summary>
internal sealed class PairMerger(MergeTable merges)
{
    private const int None = -1;

    // Ordered by rank, then by position. An entry is stale if its pair has changed since: looking the pair up again
    // when it is taken tells, and spares keeping the queue in step with the list.
    private readonly PriorityQueue<int, long> queue = new();
    private int[] next = [];
    private int[] previous = [];

    /// <summary>Joins <paramref name="tokens"/> in place.</summary>
    /// <returns>How many are left, at the front.</returns>
    public int Merge(Span<int> tokens)
    {
        if (tokens.Length < 2)
        {
            return tokens.Length;
        }

        Link(tokens);
        while (queue.TryDequeue(out var left, out var priority))
        {
            if (tokens[left] == None || next[left] == None
                || !merges.TryGet(tokens[left], tokens[next[left]], out var merge) || merge.Rank != priority >> 32)
            {
                continue;
            }

            tokens[left] = merge.Token;
            Unlink(tokens, next[left]);
            Propose(tokens, previous[left]);
            Propose(tokens, left);
        }

        return Compact(tokens);
    }

    private void Link(ReadOnlySpan<int> tokens)
    {
        if (next.Length < tokens.Length)
        {
            next = new int[tokens.Length];
            previous = new int[tokens.Length];
        }

        for (var i = 0; i < tokens.Length; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1;
        }

        next[tokens.Length - 1] = None;
        for (var i = 0; i < tokens.Length - 1; i++)
        {
            Propose(tokens, i);
        }
    }

    private void Propose(ReadOnlySpan<int> tokens, int left)
    {
        if (left != None && next[left] != None && merges.TryGet(tokens[left], tokens[next[left]], out var merge))
        {
            queue.Enqueue(left, ((long)merge.Rank << 32) | (uint)left);
        }
    }

    private void Unlink(Span<int> tokens, int index)
    {
        tokens[index] = None;
        next[previous[index]] = next[index];
        if (next[index] != None)
        {
            previous[next[index]] = previous[index];
        }
    }

    private int Compact(Span<int> tokens)
    {
        var count = 0;
        for (var i = 0; i != None; i = next[i])
        {
            tokens[count++] = tokens[i];
        }

        return count;
    }
}
