namespace AiKernels.Cpu.Threads;

/// <summary>
/// The items of one dispatch, in as many parts as threads. A thread takes its own part in order, so that it reads memory
/// in one stream, then helps with the others', so that an unequal or interrupted thread holds nobody up.
/// </summary>
internal sealed class ItemParts(int threads)
{
    // Two cache lines, which some processors fetch together: each thread counts in its own.
    private const int Stride = 128 / sizeof(int);

    // A stride before the first keeps it clear of the array's length, which all threads read.
    private readonly int[] _next = new int[(threads + 1) * Stride];
    private int _items;
    private int _parts;

    /// <summary>How many parts so many items make: one a thread, none empty.</summary>
    public static int Parts(int items, int threads) => Math.Min(items, threads);

    /// <summary>The first item of a part, or one past the last part's last.</summary>
    public static int First(int items, int parts, int part) => (int)((long)items * part / parts);

    /// <summary>Shares out items anew, in <see cref="Parts"/> parts; no thread may be taking any.</summary>
    public void Share(int items, int parts)
    {
        (_items, _parts) = (items, parts);
        for (var part = 0; part < parts; part++)
        {
            Next(part) = First(items, parts, part);
        }
    }

    /// <summary>The next item for a thread: of its own part, or of the one after it that has any left.</summary>
    /// <param name="thread">The thread, below the number of parts.</param>
    /// <param name="exhausted">Parts that the thread found to be, 0 at first: what is taken doesn't come back.</param>
    /// <param name="item">The item.</param>
    public bool TryTake(int thread, ref int exhausted, out int item)
    {
        for (; exhausted < _parts; exhausted++)
        {
            var part = thread + exhausted - (thread + exhausted < _parts ? 0 : _parts);
            var end = First(_items, _parts, part + 1);
            ref var next = ref Next(part);
            if (Volatile.Read(ref next) < end && (item = Interlocked.Increment(ref next) - 1) < end)
            {
                return true;
            }
        }

        item = -1;
        return false;
    }

    private ref int Next(int part) => ref _next[(part + 1) * Stride];
}
