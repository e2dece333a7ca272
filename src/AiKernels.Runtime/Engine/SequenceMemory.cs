using AiKernels.Cache;

namespace AiKernels.Runtime.Engine;

/// <summary>Keys and values of a model's sequences, and which pages are whose. Thread-safe: sequences come from different threads.</summary>
/// <param name="cache">The memory, which it owns.</param>
internal sealed class SequenceMemory(KeyValueCache cache) : IDisposable
{
    private readonly PagePool _pool = new(cache.Pages);
    private readonly Lock _lock = new();

    /// <summary>The memory; to be used in one's turn.</summary>
    public KeyValueCache Cache => cache;

    /// <summary>A table without pages.</summary>
    public BlockTable CreateTable(int expectedPositions) => new(_pool, cache.Shape.PageLength, expectedPositions);

    /// <summary>Takes pages for so many positions, or none. Waits for no step: the pool knows no memory.</summary>
    public bool TryReserve(BlockTable table, int positions)
    {
        lock (_lock)
        {
            return table.TryReserve(positions);
        }
    }

    /// <summary>Gives the pages from a position on back.</summary>
    public void Truncate(BlockTable table, int position)
    {
        lock (_lock)
        {
            table.Truncate(position);
        }
    }

    public void Dispose() => cache.Dispose();
}
