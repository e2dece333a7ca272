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
    private readonly PriorityQueue<int, long> _queue = new();
    private int[] _next = [];
    private int[] _previous = [];

    /// <summary>Joins <paramref name="tokens"/> in place.</summary>
    /// <returns>How many are left, at the front.</returns>
    public int Merge(Span<int> tokens)
    {
        if (tokens.Length < 2)
        {
            return tokens.Length;
        }

        Link(tokens);
        while (_queue.TryDequeue(out var left, out var priority))
        {
            if (tokens[left] == None || _next[left] == None
                || !merges.TryGet(tokens[left], tokens[_next[left]], out var merge) || merge.Rank != priority >> 32)
            {
                continue;
            }

            tokens[left] = merge.Token;
            Unlink(tokens, _next[left]);
            Propose(tokens, _previous[left]);
            Propose(tokens, left);
        }

        return Compact(tokens);
    }

    private void Link(ReadOnlySpan<int> tokens)
    {
        if (_next.Length < tokens.Length)
        {
            _next = new int[tokens.Length];
            _previous = new int[tokens.Length];
        }

        for (var i = 0; i < tokens.Length; i++)
        {
            _previous[i] = i - 1;
            _next[i] = i + 1;
        }

        _next[tokens.Length - 1] = None;
        for (var i = 0; i < tokens.Length - 1; i++)
        {
            Propose(tokens, i);
        }
    }

    private void Propose(ReadOnlySpan<int> tokens, int left)
    {
        if (left != None && _next[left] != None && merges.TryGet(tokens[left], tokens[_next[left]], out var merge))
        {
            _queue.Enqueue(left, ((long)merge.Rank << 32) | (uint)left);
        }
    }

    private void Unlink(Span<int> tokens, int index)
    {
        tokens[index] = None;
        _next[_previous[index]] = _next[index];
        if (_next[index] != None)
        {
            _previous[_next[index]] = _previous[index];
        }
    }

    private int Compact(Span<int> tokens)
    {
        var count = 0;
        for (var i = 0; i != None; i = _next[i])
        {
            tokens[count++] = tokens[i];
        }

        return count;
    }
}
