namespace AiKernels.Cache;

/// <summary>
/// Which pages of a cache are taken, by how many, and in which order the free ones will be taken again. Bookkeeping only:
/// it knows no memory. Not thread-safe.
/// </summary>
/// <remarks>
/// A free page may still hold what somebody could use again (<see cref="Keep"/>). Such pages are taken last, the one that
/// has been free for longest first; so all free memory remembers, and none of it is ever missing.
/// </remarks>
public sealed class PagePool
{
    private readonly int[] _holders;
    private readonly bool[] _kept;
    private readonly Action<int>? _forget;

    // A ring of the free pages in the order in which they will be taken, through one place more than there are pages.
    private readonly int[] _next, _previous;

    /// <summary>A pool of free pages 0 to <paramref name="pages"/> - 1.</summary>
    /// <param name="pages">How many.</param>
    /// <param name="forget">Is told of a kept page whose content is gone: it was taken again, or discarded.</param>
    public PagePool(int pages, Action<int>? forget = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pages);
        _forget = forget;
        _holders = new int[pages];
        _kept = new bool[pages];
        _next = [.. Enumerable.Range(1, pages), 0];
        _previous = [pages, .. Enumerable.Range(0, pages)];
        FreePages = pages;
    }

    /// <summary>All pages.</summary>
    public int Pages => _holders.Length;

    /// <summary>Pages that can be taken.</summary>
    public int FreePages { get; private set; }

    private int Ring => Pages;

    /// <summary>How many hold a page.</summary>
    public int Holders(int page) => _holders[page];

    /// <summary>Takes a page, or says that none is free.</summary>
    public bool TryTake(out int page)
    {
        page = _next[Ring];
        if (page == Ring)
        {
            return false;
        }

        Forget(page);
        Hold(page);
        return true;
    }

    /// <summary>Holds a page that others hold, or one that is free and kept.</summary>
    /// <exception cref="InvalidOperationException">The page is free, and nothing says what it holds.</exception>
    public void Share(int page)
    {
        if (_holders[page] == 0 && !_kept[page])
        {
            throw new InvalidOperationException($"page {page} holds nothing to be shared");
        }

        Hold(page);
    }

    /// <summary>What a held page contains may be used again after it is free, until it is taken.</summary>
    /// <exception cref="InvalidOperationException">The page is not held.</exception>
    public void Keep(int page)
    {
        ThrowIfFree(page);
        _kept[page] = true;
    }

    /// <summary>What a held page contains will not be used again, and be forgotten now.</summary>
    /// <exception cref="InvalidOperationException">The page is not held.</exception>
    public void Discard(int page)
    {
        ThrowIfFree(page);
        Forget(page);
    }

    /// <summary>Gives a page back; the last holder's makes it free.</summary>
    /// <exception cref="InvalidOperationException">The page is not held.</exception>
    public void Return(int page)
    {
        ThrowIfFree(page);
        if (--_holders[page] == 0)
        {
            FreePages++;
            Insert(page, after: _kept[page] ? _previous[Ring] : Ring);
        }
    }

    private void Hold(int page)
    {
        if (_holders[page]++ == 0)
        {
            FreePages--;
            (_next[_previous[page]], _previous[_next[page]]) = (_next[page], _previous[page]);
        }
    }

    private void Forget(int page)
    {
        if (_kept[page])
        {
            _kept[page] = false;
            _forget?.Invoke(page);
        }
    }

    private void Insert(int page, int after)
    {
        var before = _next[after];
        (_previous[page], _next[page]) = (after, before);
        (_next[after], _previous[before]) = (page, page);
    }

    private void ThrowIfFree(int page)
    {
        if ((uint)page >= (uint)Pages || _holders[page] == 0)
        {
            throw new InvalidOperationException($"page {page} was not taken");
        }
    }
}
