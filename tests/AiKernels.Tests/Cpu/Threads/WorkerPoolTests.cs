using AiKernels.Cpu.Threads;
using Xunit;

namespace AiKernels.Tests.Cpu.Threads;

public class WorkerPoolTests
{
    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 1)]
    [InlineData(2, 100)]
    [InlineData(3, 2)]
    [InlineData(64, 500)]
    public void Every_item_runs_once(int threads, int items)
    {
        using var pool = new WorkerPool(threads);
        for (var dispatch = 0; dispatch < 200; dispatch++)
        {
            var counts = new int[items];
            pool.Run(new Counting(counts), items);
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Dispatches_of_several_callers_take_turns()
    {
        using var pool = new WorkerPool(2);
        Parallel.For(0, 200, _ =>
        {
            var counts = new int[50];
            pool.Run(new Counting(counts), counts.Length);
            Assert.All(counts, count => Assert.Equal(1, count));
        });
    }

    [Fact]
    public void Workers_that_fell_asleep_wake_up()
    {
        using var pool = new WorkerPool(2);
        for (var dispatch = 0; dispatch < 5; dispatch++)
        {
            Thread.Sleep(30);
            var counts = new int[10];
            pool.Run(new Counting(counts), counts.Length);
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void An_exception_in_an_item_reaches_the_caller_and_the_pool_goes_on(int threads)
    {
        using var pool = new WorkerPool(threads);
        for (var dispatch = 0; dispatch < 50; dispatch++)
        {
            Assert.Throws<InvalidTimeZoneException>(() => pool.Run(new Throwing(), 20));
            var counts = new int[20];
            pool.Run(new Counting(counts), 20);
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void An_interrupted_caller_waits_for_its_workers_all_the_same()
    {
        using var pool = new WorkerPool(4);
        for (var dispatch = 0; dispatch < 20; dispatch++)
        {
            var counts = new int[40];
            Thread.CurrentThread.Interrupt();
            try
            {
                pool.Run(new Slow(counts), counts.Length);
                Assert.All(counts, count => Assert.Equal(1, count));
                Thread.Sleep(1); // Where the interrupt arrives, if the pool had no need to wait.
            }
            catch (ThreadInterruptedException)
            {
            }
        }
    }

    [Fact]
    public void A_disposed_pool_refuses_work()
    {
        var pool = new WorkerPool(2);
        pool.Dispose();
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.Run(new Counting([0]), 1));
    }

    [Fact]
    public void A_dispatch_allocates_nothing()
    {
        using var pool = new WorkerPool(2);
        var work = new Counting(new int[10]);
        pool.Run(work, 10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var dispatch = 0; dispatch < 100; dispatch++)
        {
            pool.Run(work, 10);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private readonly struct Throwing : IWork
    {
        public void Run(int item) => throw new InvalidTimeZoneException();
    }

    private readonly struct Slow(int[] counts) : IWork
    {
        public void Run(int item)
        {
            Thread.SpinWait(20_000);
            Interlocked.Increment(ref counts[item]);
        }
    }

    private readonly struct Counting(int[] counts) : IWork
    {
        public void Run(int item) => Interlocked.Increment(ref counts[item]);
    }
}
