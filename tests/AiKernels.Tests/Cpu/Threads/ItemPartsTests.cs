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
        var (first, second, third) = (new Thread(parts, 0), new Thread(parts, 1), new Thread(parts, 2));
        Assert.Equal(3, second.Take());
        Assert.Equal(0, first.Take());
        int[] rest = [4, 5, 6, 7, 8, 9, 1, 2];
        Assert.All(rest, item => Assert.Equal(item, second.Take()));
        Assert.All([first, second, third], thread => Assert.Null(thread.Take()));
    }

    [Fact]
    public void Items_are_shared_out_anew_whatever_was_left()
    {
        var parts = new ItemParts(threads: 2);
        parts.Share(items: 100, parts: 2);
        Assert.Equal(50, new Thread(parts, 1).Take());
        parts.Share(items: 2, parts: 2);
        var thread = new Thread(parts, 1);
        Assert.Equal(1, thread.Take());
        Assert.Equal(0, thread.Take());
        Assert.Null(new Thread(parts, 0).Take());
    }

    private sealed class Thread(ItemParts parts, int number)
    {
        private int _exhausted;

        public int? Take() => parts.TryTake(number, ref _exhausted, out var item) ? item : null;
    }
}
