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
