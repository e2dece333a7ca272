using AiKernels.Cpu.Threads;
using Xunit;

namespace AiKernels.Tests.Cpu.Threads;

public class ItemPartsTests
{
    [Fact]
    public void A_thread_takes_its_own_part_in_order_and_then_what_others_have_left()
    {
        var parts = new ItemParts(threads: 3);
        parts.Share(items: 10, parts: 3); // 0 to 2, 3 to 5, 6 to 9
        Assert.Equal(3, Take(parts, thread: 1));
        Assert.Equal(0, Take(parts, thread: 0));
        int[] rest = [4, 5, 6, 7, 8, 9, 1, 2];
        Assert.All(rest, item => Assert.Equal(item, Take(parts, thread: 1)));
        Assert.All([0, 1, 2], thread => Assert.Null(Take(parts, thread)));
    }

    [Fact]
    public void Items_are_shared_out_anew_whatever_was_left()
    {
        var parts = new ItemParts(threads: 2);
        parts.Share(items: 100, parts: 2);
        Assert.Equal(50, Take(parts, thread: 1));
        parts.Share(items: 2, parts: 2);
        Assert.Equal(1, Take(parts, thread: 1));
        Assert.Equal(0, Take(parts, thread: 1));
        Assert.Null(Take(parts, thread: 0));
    }

    private static int? Take(ItemParts parts, int thread) => parts.TryTake(thread, out var item) ? item : null;
}
