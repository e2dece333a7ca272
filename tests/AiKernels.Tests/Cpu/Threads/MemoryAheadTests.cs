using AiKernels.Cpu;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Cpu.Threads;

public unsafe class MemoryAheadTests
{
    /// <summary>As of a weight that was freed since; reading it would end the process.</summary>
    [Fact]
    public void Memory_that_is_not_there_does_no_harm()
    {
        var number = 0;
        new MemoryAhead((byte*)4096, long.MaxValue).FetchWhile(ref number, 0);
        new MemoryAhead(null, 0).FetchWhile(ref number, 0);
    }

    [Fact]
    public void A_product_foresees_what_each_thread_read_in_the_one_that_followed_it()
    {
        const int threads = 2, rows = 640, columns = 256;
        using var backend = new CpuBackend(threads);
        using var first = (CpuWeight)backend.AllocateWeight(GgmlType.Q8_0, rows, columns);
        using var second = (CpuWeight)backend.AllocateWeight(GgmlType.Q8_0, rows, columns);
        var x = backend.Allocate(1, columns);
        var y = backend.Allocate(1, rows);
        foreach (var weight in (CpuWeight[])[first, second, first])
        {
            backend.MatMul(x, new Projection(weight, y));
        }

        AssertReads(second, first.ReadAfterwards(threads));
        AssertReads(first, second.ReadAfterwards(threads));
    }

    private static void AssertReads(CpuWeight weight, MemoryAhead[] ahead)
    {
        var half = weight.Panels / 2;
        Assert.Equal((nint)weight.Panel(0), (nint)ahead[0].Start);
        Assert.Equal((nint)weight.Panel(half), (nint)ahead[1].Start);
        Assert.Equal(weight.Panel(weight.Panels) - weight.Panel(half), ahead[1].Length);
    }
}
