using System.Runtime.InteropServices;

namespace AiKernels.Cache;

/// <summary>
/// Where one sequence's positions lie: position p is in page <c>Pages[p / PageLength]</c>, at p modulo PageLength.
/// Not thread-safe.
/// </summary>
/// <remarks>
/// Sequences that begin alike may share pages. A shared page must not be written: each sequence has the page of the
/// positions that it will store next for itself.
/// </remarks>
/// <param name="pool">Where pages come from.</param>
/// <param name="pageLength">P, positions of a page.</param>
/// <param name="expectedPositions">Positions for which the table itself will not have to grow.</param>
public sealed class BlockTable(PagePool pool, int pageLength, int expectedPositions = 0)
{
    private readonly int _pageLength = pageLength > 0
        ? pageLength
        : throw new ArgumentOutOfRangeException(nameof(pageLength), pageLength, "a page holds positions");

    private readonly List<int> _pages = new((expectedPositions / Math.Max(pageLength, 1)) + 1);

    /// <summary>The pages, in the order of their positions.</summary>
    public ReadOnlySpan<int> Pages => CollectionsMarshal.AsSpan(_pages);

    /// <summary>Positions that the pages can hold.</summary>
    public long Capacity => (long)_pages.Count * _pageLength;

    /// <summary>Pages that are missing for so many positions.</summary>
    public int MissingPages(int positions) =>
        (int)Math.Max(0, ((positions + (long)_pageLength - 1) / _pageLength) - _pages.Count);

    /// <summary>Takes pages until <paramref name="positions"/> fit; takes none if they can't.</summary>
    public bool TryReserve(int positions)
    {
        var missing = MissingPages(positions);
        if (missing > pool.FreePages)
        {
            return false;
        }

        for (; missing > 0 && pool.TryTake(out var page); missing--)
        {
            _pages.Add(page);
        }

        return true;
    }

    /// <summary>Appends a page that holds what the next positions would.</summary>
    public void Share(int page)
    {
        pool.Share(page);
        _pages.Add(page);
    }

    /// <summary>Holds another page in the place of one with the same content.</summary>
    public void Replace(int index, int page)
    {
        pool.Share(page);
        pool.Return(_pages[index]);
        _pages[index] = page;
    }

    /// <summary>Gives back the pages that hold nothing before position <paramref name="positions"/>.</summary>
    /// <remarks>The last one first, so that of pages that are kept a beginning outlives what follows it.</remarks>
    public void Truncate(int positions)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(positions);
        var kept = (positions + (long)_pageLength - 1) / _pageLength;
        for (var i = _pages.Count - 1; i >= kept; i--)
        {
            pool.Return(_pages[i]);
            _pages.RemoveAt(i);
        }
    }
}
