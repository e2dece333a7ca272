using System.Runtime.InteropServices;

namespace AiKernels.Cache;

/// <summary>
/// The tokens of one step: for each its id, its position and its sequence's block table. Chunks of long prompts and
/// single tokens of many sequences stand side by side. Reused from step to step; not thread-safe.
/// </summary>
public sealed class Batch
{
    private readonly List<int> _tokens = [];
    private readonly List<int> _positions = [];
    private readonly List<BlockTable> _tables = [];

    /// <summary>T, the tokens.</summary>
    public int Count => _tokens.Count;

    /// <summary>Each token's id.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Each token's position in its sequence.</summary>
    public ReadOnlySpan<int> Positions => CollectionsMarshal.AsSpan(_positions);

    /// <summary>Each token's sequence. A sequence's tokens stand side by side, in ascending order of their positions.</summary>
    public ReadOnlySpan<BlockTable> Tables => CollectionsMarshal.AsSpan(_tables);

    /// <summary>Empties it, keeping its memory.</summary>
    public void Clear()
    {
        _tokens.Clear();
        _positions.Clear();
        _tables.Clear();
    }

    /// <summary>Keeps some tokens, by their ascending indices, and drops the others.</summary>
    public void Keep(ReadOnlySpan<int> rows)
    {
        Keep(_tokens, rows);
        Keep(_positions, rows);
        Keep(_tables, rows);
    }

    /// <summary>Adds tokens of one sequence at consecutive positions: all that the step has of it, at once.</summary>
    /// <exception cref="ArgumentException">The block table has no room for them, or was added before.</exception>
    public void Add(BlockTable table, int firstPosition, ReadOnlySpan<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstPosition);
        if ((long)firstPosition + tokens.Length > table.Capacity)
        {
            throw new ArgumentException(
                $"positions {firstPosition} to {(long)firstPosition + tokens.Length} exceed the block table's {table.Capacity}");
        }

        // A position that was stored twice would hold what happened to come last.
        if (_tables.Contains(table))
        {
            throw new ArgumentException("a sequence's tokens are added to a batch at once");
        }

        for (var i = 0; i < tokens.Length; i++)
        {
            _tokens.Add(tokens[i]);
            _positions.Add(firstPosition + i);
            _tables.Add(table);
        }
    }

    private static void Keep<T>(List<T> items, ReadOnlySpan<int> rows)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            items[i] = items[rows[i]];
        }

        items.RemoveRange(rows.Length, items.Count - rows.Length);
    }
}
