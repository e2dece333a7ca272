namespace AiKernels.Cache;

/// <summary>Which pages of a cache are free. Bookkeeping only: it knows no memory. Not thread-safe.</summary>
public sealed class PagePool
{
    private readonly Stack<int> _free;
    private readonly bool[] _taken;

    /// <summary>A pool of free pages 0 to <paramref name="pages"/> - 1.</summary>
    public PagePool(int pages)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pages);
        _free = new Stack<int>(Enumerable.Range(0, pages).Reverse());
        _taken = new bool[pages];
    }

    /// <summary>Pages that can be taken.</summary>
    public int FreePages => _free.Count;

    /// <summary>Takes a page, or says that none is free.</summary>
    public bool TryTake(out int page)
    {
        if (!_free.TryPop(out page))
        {
            return false;
        }

        _taken[page] = true;
        return true;
    }

    /// <summary>Gives a page back.</summary>
    /// <exception cref="InvalidOperationException">The page was not taken.</exception>
    public void Return(int page)
    {
        if ((uint)page >= (uint)_taken.Length || !_taken[page])
        {
            throw new InvalidOperationException($"page {page} was not taken");
        }

        _taken[page] = false;
        _free.Push(page);
    }
}
