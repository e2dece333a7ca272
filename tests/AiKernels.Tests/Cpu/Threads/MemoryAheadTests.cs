using AiKernels.Cpu;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Cpu.Threads;

public unsafe class MemoryAheadTests
{
    private const int Columns = 256;
    private const long Most = 256 << 10;

    /// <summary>As of a weight that was freed since; reading it would end the process.</summary>
    [Fact]
    public void Memory_that_is_not_there_does_no_harm()
    {
        var number = 0;
        Assert.Equal(MemoryAhead.IsSupported ? Most : 0, new MemoryAhead(4096, long.MaxValue).FetchWhile(ref number, 0));
    }

    [Fact]
    public void Fetching_ends_when_there_is_work()
    {
        var number = 1;
        Assert.Equal(0, new MemoryAhead(4096, long.MaxValue).FetchWhile(ref number, 0));
    }

    [Fact]
    public void A_product_leaves_with_the_weight_before_it_what_each_thread_read_first()
    {
        Assert.SkipUnless(MemoryAhead.IsSupported, "this processor can't fetch ahead from .NET");
        using var backend = new CpuBackend(threads: 2);
        using var first = Weight(backend, rows: 640);
        using var second = Weight(backend, rows: 320);
        Multiply(backend, first);
        Multiply(backend, second);
        Multiply(backend, first);
        Assert.Equal([Part(second, 0, 10), Part(second, 10, 20)], first.ReadAfterwards);
        Assert.Equal([Part(first, 0, 20), Part(first, 20, 40)], second.ReadAfterwards);
    }

    [Fact]
    public void A_part_may_begin_in_a_later_weight_and_ends_with_the_one_it_begins_in()
    {
        Assert.SkipUnless(MemoryAhead.IsSupported, "this processor can't fetch ahead from .NET");
        using var backend = new CpuBackend(threads: 2);
        using var before = Weight(backend, rows: 32);
        using var large = Weight(backend, rows: 96);
        using var small = Weight(backend, rows: 32);
        using var last = Weight(backend, rows: 32);
        Multiply(backend, before);
        Multiply(backend, large, small, last); // 3, 1 and 1 items of two panels: 0 and 1, then 2 to 4
        Assert.Equal([Part(large, 0, 4), Part(large, 4, 6)], before.ReadAfterwards);
        Multiply(backend, before);
        Multiply(backend, small, last, large);
        Assert.Equal([Part(small, 0, 2), Part(large, 0, 6)], before.ReadAfterwards);
    }

    [Fact]
    public void Threads_without_an_item_have_nothing_to_fetch()
    {
        Assert.SkipUnless(MemoryAhead.IsSupported, "this processor can't fetch ahead from .NET");
        using var backend = new CpuBackend(threads: 3);
        using var before = Weight(backend, rows: 32);
        using var large = Weight(backend, rows: 640);
        using var small = Weight(backend, rows: 16);
        Multiply(backend, before);
        Multiply(backend, large);
        Assert.NotEqual(default, before.ReadAfterwards[2]);
        Multiply(backend, before);
        Multiply(backend, small);
        Assert.Equal([Part(small, 0, 1), default, default], before.ReadAfterwards);
    }

    private static CpuWeight Weight(CpuBackend backend, int rows) => (CpuWeight)backend.AllocateWeight(GgmlType.Q8_0, rows, Columns);

    private static void Multiply(CpuBackend backend, params CpuWeight[] weights)
    {
        var x = backend.Allocate(1, Columns);
        var outputs = weights.Select(weight => backend.Allocate(1, weight.Rows)).ToArray();
        backend.MatMul(x, [.. weights.Select((weight, i) => new Projection(weight, outputs[i]))]);
        foreach (var tensor in (Tensor[])[x, .. outputs])
        {
            tensor.Storage.Dispose();
        }
    }

    private static MemoryAhead Part(CpuWeight weight, int first, int end) =>
        new((nint)weight.Panel(first), weight.Panel(end) - weight.Panel(first));
}
