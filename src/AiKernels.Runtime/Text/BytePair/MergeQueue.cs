namespace AiKernels.Runtime.Text;

/// <summary>Joins the tokens of a long word, best rank first and from the left, in time that grows with its length.</summary>
/// <remarks>
/// Pairs wait in one list for each rank, and a rank is worked off from left to right: a word of ten million letters is
/// walked through a few thousand times at most, in order, where a single heap would jump about in it. A pair that comes up
/// with a rank no worse than the one being worked off, as trained vocabularies have none, waits in a heap. An entry is stale
/// if its pair has another rank by now.
/// </remarks>
internal sealed class MergeQueue
{
    private const int None = -1, Large = 1 << 16;

    private readonly Dictionary<int, (int First, int Last)> _waiting = [];
    private readonly PriorityQueue<int, int> _ranksWaiting = new();
    private readonly PriorityQueue<int, long> _late = new();

    // The lists' entries: where the left token of the pair is, and the next entry.
    private (int Left, int Next)[] _entries = [];
    private int _entryCount, _free = None;

    private int[] _next = [], _previous = [], _ranks = [], _current = [];
    private int _currentRank, _currentCount, _taken;

    /// <summary>Whether it holds so much memory that it isn't kept.</summary>
    public bool IsLarge => _next.Length > Large;

    /// <summary>How many pairs have been looked at since it was made, for tests.</summary>
    public long Steps { get; private set; }

    /// <inheritdoc cref="PairMerger.Merge"/>
    public int Merge(MergeTable merges, Span<int> tokens)
    {
        Link(merges, tokens);
        while (TryTake(out var rank, out var left))
        {
            Steps++;
            if (_ranks[left] != rank)
            {
                continue;
            }

            tokens[left] = merges.Find(tokens[left], tokens[_next[left]]).Token;
            Unlink(_next[left]);
            if (_previous[left] != None)
            {
                Propose(merges, tokens, _previous[left]);
            }

            Propose(merges, tokens, left);
        }

        return Compact(tokens);
    }

    private void Link(MergeTable merges, ReadOnlySpan<int> tokens)
    {
        if (_next.Length < tokens.Length)
        {
            _next = new int[tokens.Length];
            _previous = new int[tokens.Length];
            _ranks = new int[tokens.Length];
        }

        _currentRank = None;
        for (var i = 0; i < tokens.Length; i++)
        {
            (_previous[i], _next[i]) = (i - 1, i + 1 < tokens.Length ? i + 1 : None);
        }

        for (var i = 0; i < tokens.Length; i++)
        {
            Propose(merges, tokens, i);
        }
    }

    private void Propose(MergeTable merges, ReadOnlySpan<int> tokens, int left)
    {
        var right = _next[left];
        var rank = right == None ? MergeTable.NoRank : merges.Find(tokens[left], tokens[right]).Rank;
        _ranks[left] = rank;
        if (rank == MergeTable.NoRank)
        {
            return;
        }

        if (rank <= _currentRank)
        {
            _late.Enqueue(left, Key(rank, left));
            return;
        }

        var entry = NewEntry(left);
        ref var list = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_waiting, rank, out var isThere);
        if (isThere)
        {
            _entries[list.Last].Next = entry;
            list.Last = entry;
        }
        else
        {
            list = (entry, entry);
            _ranksWaiting.Enqueue(rank, rank);
        }
    }

    private bool TryTake(out int rank, out int left)
    {
        while (true)
        {
            var isLate = _late.TryPeek(out var late, out var key);
            if (_taken < _currentCount && (!isLate || Key(_currentRank, _current[_taken]) <= key))
            {
                (rank, left) = (_currentRank, _current[_taken++]);
                return true;
            }

            if (isLate)
            {
                (rank, left) = ((int)(key >> 32), late);
                _late.Dequeue();
                return true;
            }

            if (!_ranksWaiting.TryDequeue(out _currentRank, out _))
            {
                (rank, left, _currentCount, _taken) = (0, 0, 0, 0);
                (_entryCount, _free) = (0, None);
                return false;
            }

            TakeList(_currentRank);
        }
    }

    /// <summary>Puts the pairs of a rank in order; as they mostly are, they come from walks from left to right.</summary>
    private void TakeList(int rank)
    {
        _waiting.Remove(rank, out var list);
        (_currentCount, _taken) = (0, 0);
        var isSorted = true;
        for (var entry = list.First; entry != None;)
        {
            if (_currentCount == _current.Length)
            {
                Array.Resize(ref _current, Math.Max(64, 2 * _current.Length));
            }

            var (left, next) = _entries[entry];
            isSorted &= _currentCount == 0 || _current[_currentCount - 1] <= left;
            _current[_currentCount++] = left;
            (_entries[entry].Next, _free) = (_free, entry);
            entry = next;
        }

        if (!isSorted)
        {
            Array.Sort(_current, 0, _currentCount);
        }
    }

    private int NewEntry(int left)
    {
        var entry = _free;
        if (entry != None)
        {
            _free = _entries[entry].Next;
        }
        else
        {
            entry = _entryCount++;
            if (entry == _entries.Length)
            {
                Array.Resize(ref _entries, Math.Max(64, 2 * _entries.Length));
            }
        }

        _entries[entry] = (left, None);
        return entry;
    }

    private void Unlink(int index)
    {
        _ranks[index] = MergeTable.NoRank;
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

    private static long Key(int rank, int left) => ((long)rank << 32) | (uint)left;
}
