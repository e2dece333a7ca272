using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace AiKernels.Cpu.Threads;

/// <summary>
/// Threads that run the items of one dispatch after another. The caller works along; a dispatch allocates nothing.
/// </summary>
/// <remarks>
/// Workers fetch what comes next into their caches and spin briefly for the next dispatch, since a transformer's follow
/// each other within microseconds, then sleep.
/// With more threads than cores they sleep at once: a spinning worker would keep a working one off its core.
/// A worker that has not begun when all items are taken is not waited for.
/// </remarks>
internal sealed unsafe class WorkerPool : IDisposable
{
    // Half a millisecond: longer than most operations of a prompt, at whose end one thread waits for another's last item;
    // a thread that slept meanwhile would come a tenth of that late to the next operation. Shorter than anybody notices.
    private static readonly long SpinTime = Stopwatch.Frequency / 2_000;

    private readonly Worker?[] _workers;
    private readonly ItemParts _parts;
    private readonly Lock _dispatch = new();
    private readonly SemaphoreSlim _finished = new(0);
    private readonly bool _spins;

    private delegate*<void*, int, void> _run;
    private void* _work;
    private int _busy;
    private Exception? _failure;
    private bool _disposed;

    /// <summary>A pool that works with so many threads, the caller's included.</summary>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        _spins = threads <= Environment.ProcessorCount;
        _workers = new Worker?[threads - 1];
        _parts = new ItemParts(threads);
        try
        {
            for (var i = 0; i < _workers.Length; i++)
            {
                _workers[i] = new Worker(this, i + 1);
            }
        }
        catch
        {
            Dispose(); // The system may refuse a thread; those that run must not stay behind.
            throw;
        }
    }

    /// <summary>Threads, the caller's included.</summary>
    public int Threads => _workers.Length + 1;

    /// <summary>
    /// What each thread, the caller being the first, will probably read soon; empty if nobody knows. Workers that have
    /// nothing else to do fetch it, after every dispatch: in between, others may have pushed it out of their caches.
    /// </summary>
    public MemoryAhead[] Ahead { get; set; } = [];

    /// <summary>Runs items 0 to <paramref name="items"/> - 1 and returns when all are done.</summary>
    public void Run<TWork>(in TWork work, int items)
        where TWork : struct, IWork
    {
        lock (_dispatch)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (items <= 1 || _workers.Length == 0)
            {
                for (var item = 0; item < items; item++)
                {
                    work.Run(item);
                }

                return;
            }

            // The copy is on this stack, where it stays until all workers are done with it.
            var copy = work;
            _run = &RunItem<TWork>;
            _work = Unsafe.AsPointer(ref copy);
            var parts = ItemParts.Parts(items, Threads);
            _parts.Share(items, parts);
            Dispatch(parts - 1);
        }
    }

    public void Dispose()
    {
        lock (_dispatch)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            foreach (var worker in _workers)
            {
                worker?.Wake();
            }

            foreach (var worker in _workers)
            {
                worker?.Dispose();
            }

            _finished.Dispose();
        }
    }

    private static void RunItem<TWork>(void* work, int item)
        where TWork : struct, IWork => Unsafe.AsRef<TWork>(work).Run(item);

    private void Dispatch(int helpers)
    {
        Volatile.Write(ref _busy, helpers + 1);
        for (var i = 0; i < helpers; i++)
        {
            _workers[i]!.Wake();
        }

        TakeItems(thread: 0);
        var done = 1;
        for (var i = 0; i < helpers; i++)
        {
            done += _workers[i]!.TryRecall() ? 1 : 0;
        }

        if (Interlocked.Add(ref _busy, -done) != 0)
        {
            SpinWhile(ref _busy, isZero: false);
            WaitForLastWorker();
        }

        if (_failure is { } failure)
        {
            _failure = null;
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>The last worker always signals, so that spinning and sleeping end the same way.</summary>
    private void WaitForLastWorker()
    {
        var interrupted = false;
        while (true)
        {
            try
            {
                _finished.Wait();
                break;
            }
            catch (ThreadInterruptedException)
            {
                interrupted = true; // Leaving now would take the work away from under the workers.
            }
        }

        Debug.Assert(_busy == 0, "a worker is still busy");
        if (interrupted)
        {
            Thread.CurrentThread.Interrupt();
        }
    }

    /// <summary>Waits for a number to become zero, or to stop being it, for as long as waiting is cheaper than sleeping.</summary>
    private void SpinWhile(ref int number, bool isZero)
    {
        var end = Stopwatch.GetTimestamp() + SpinTime;
        while (_spins && (Volatile.Read(ref number) == 0) == isZero && Stopwatch.GetTimestamp() < end)
        {
            Thread.SpinWait(4);
        }
    }

    private void TakeItems(int thread)
    {
        try
        {
            var exhausted = 0;
            while (_parts.TryTake(thread, ref exhausted, out var item))
            {
                _run(_work, item);
            }
        }
        catch (Exception failure)
        {
            // On a worker's own thread it would end the process. The caller gets the first one.
            Interlocked.CompareExchange(ref _failure, failure, null);
        }
    }

    private void Help(int thread)
    {
        TakeItems(thread);
        if (Interlocked.Decrement(ref _busy) == 0)
        {
            _finished.Release();
        }
    }

    /// <summary>One thread, with its own wake-up flag so that only those needed are woken.</summary>
    private sealed class Worker : IDisposable
    {
        private const int Idle = 0, Woken = 1, Asleep = 2;

        private readonly WorkerPool _pool;
        private readonly SemaphoreSlim _wakeUp = new(0);
        private readonly int _number;
        private readonly Thread _thread;
        private int _state;

        public Worker(WorkerPool pool, int number)
        {
            (_pool, _number) = (pool, number);
            _thread = new Thread(Loop) { IsBackground = true, Name = $"AiKernels worker {number}" };
            _thread.Start();
        }

        public void Wake()
        {
            if (Interlocked.Exchange(ref _state, Woken) == Asleep)
            {
                _wakeUp.Release();
            }
        }

        /// <summary>Takes the call back if the worker hasn't heard it yet. One that was asleep then wakes for nothing.</summary>
        public bool TryRecall() => Interlocked.CompareExchange(ref _state, Idle, Woken) == Woken;

        /// <summary>Waits for the thread to end; the pool has told it to.</summary>
        public void Dispose()
        {
            _thread.Join();
            _wakeUp.Dispose();
        }

        private void Loop()
        {
            while (true)
            {
                WaitForWork();
                if (_pool._disposed)
                {
                    return;
                }

                _pool.Help(_number);
                FetchAhead();
            }
        }

        /// <summary>Part of the spinning: where that would keep a working thread off its core, so would this.</summary>
        private void FetchAhead()
        {
            var ahead = _pool.Ahead;
            if (_pool._spins && _number < ahead.Length)
            {
                var mine = ahead[_number];
                _ = mine.FetchWhile(ref _state, Idle);
            }
        }

        private void WaitForWork()
        {
            do
            {
                _pool.SpinWhile(ref _state, isZero: true);
                if (Interlocked.CompareExchange(ref _state, Asleep, Idle) == Idle)
                {
                    _wakeUp.Wait();
                }
            }
            while (Interlocked.CompareExchange(ref _state, Idle, Woken) != Woken); // Or the call was taken back.
        }
    }
}
