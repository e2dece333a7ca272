using AiKernels.Cache;
using Xunit;

namespace AiKernels.Tests.Cache;

public class PagePoolTests
{
    [Fact]
    public void A_page_belongs_to_one_taker_until_it_is_returned()
    {
        var pool = new PagePool(3);
        var pages = new HashSet<int>();
        while (pool.TryTake(out var page))
        {
            Assert.True(pages.Add(page));
        }

        Assert.Equal([0, 1, 2], pages.Order());
        pool.Return(1);
        Assert.Throws<InvalidOperationException>(() => pool.Return(1));
        Assert.Throws<InvalidOperationException>(() => pool.Return(3));
        Assert.True(pool.TryTake(out var again));
        Assert.Equal(1, again);
    }

    [Fact]
    public void What_is_kept_is_taken_last_and_the_longest_free_first()
    {
        var forgotten = new List<int>();
        var pool = new PagePool(4, forgotten.Add);
        int[] pages = [.. Enumerable.Range(0, 4).Select(_ => pool.TryTake(out var page) ? page : -1)];
        pool.Keep(pages[2]);
        pool.Keep(pages[0]);
        foreach (var index in (int[])[2, 0, 3, 1])
        {
            pool.Return(pages[index]);
        }

        pool.Share(pages[0]); // Somebody found it, and gives it back: now it is the one that was free for the shortest time.
        pool.Return(pages[0]);
        int[] again = [.. Enumerable.Range(0, 4).Select(_ => pool.TryTake(out var page) ? page : -1)];
        Assert.Equal([pages[1], pages[3], pages[2], pages[0]], again);
        Assert.Equal([pages[2], pages[0]], forgotten);
        Assert.False(pool.TryTake(out _));
    }

    [Fact]
    public void A_shared_page_is_free_when_its_last_holder_returns_it()
    {
        var forgotten = new List<int>();
        var pool = new PagePool(2, forgotten.Add);
        var (first, second) = (new BlockTable(pool, 64), new BlockTable(pool, 64));
        Assert.True(first.TryReserve(64));
        second.Share(first.Pages[0]);
        first.Truncate(0);
        Assert.Equal((1, 1), (pool.FreePages, pool.Holders(second.Pages[0])));

        var page = second.Pages[0];
        pool.Keep(page);
        pool.Discard(page);
        Assert.Equal([page], forgotten);
        second.Truncate(0);
        Assert.Equal(2, pool.FreePages);
        Assert.Throws<InvalidOperationException>(() => second.Share(page)); // It holds nothing any more.
        Assert.Throws<InvalidOperationException>(() => pool.Keep(page));
        Assert.Throws<InvalidOperationException>(() => pool.Discard(page));
    }

    [Fact]
    public void A_block_table_takes_all_it_needs_or_nothing()
    {
        var pool = new PagePool(4);
        var (first, second) = (new BlockTable(pool, 64), new BlockTable(pool, 64));
        Assert.True(first.TryReserve(129));
        Assert.Equal((3, 192L), (first.Pages.Length, first.Capacity));
        Assert.False(second.TryReserve(65));
        Assert.Equal(1, pool.FreePages);
        Assert.True(second.TryReserve(64));

        first.Truncate(64);
        Assert.Equal((1, 2), (first.Pages.Length, pool.FreePages));
        first.Truncate(0);
        Assert.Equal(3, pool.FreePages);
    }

    [Fact]
    public void A_batch_refuses_positions_without_a_page()
    {
        var table = new BlockTable(new PagePool(1), 64);
        Assert.True(table.TryReserve(1));
        var batch = new Batch();
        batch.Add(table, 62, [7, 8]);
        Assert.Throws<ArgumentException>(() => batch.Add(table, 0, [9])); // Again, in the same step.
        var other = new BlockTable(new PagePool(1), 64);
        Assert.Throws<ArgumentException>(() => batch.Add(other, 0, [9]));
        Assert.Throws<ArgumentException>(() => batch.Add(other, int.MaxValue, [9]));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Add(other, -1, [9]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BlockTable(new PagePool(1), 0));
        Assert.Equal([7, 8], batch.Tokens.ToArray());
        Assert.Equal([62, 63], batch.Positions.ToArray());
        batch.Clear();
        Assert.Equal(0, batch.Count);
    }
}
