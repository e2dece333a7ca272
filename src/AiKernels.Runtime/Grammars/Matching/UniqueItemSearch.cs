using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Matching;

/// <summary>
/// Looks whether an item that has begun, or is to come, can still become one that isn't there yet: an array's items may be so
/// few that no other is left. Not thread-safe.
/// </summary>
internal sealed class UniqueItemSearch(PushdownAutomaton automaton)
{
    // As many bytes as are tried; an array with so much to try has other items left, as good as certainly.
    private const int MostTried = 512;

    // What ends an item soonest is tried first; within a string, that is its end alone.
    private static readonly byte[] Order =
        [.. "\"]},"u8, .. Enumerable.Range(0, 256).Select(value => (byte)value).Where(value => !"\"]},"u8.Contains(value))];

    private static readonly ByteSet Blanks = ByteSet.Of((byte)' ') | ByteSet.Of((byte)'\t') | ByteSet.Of((byte)'\r') | ByteSet.Of((byte)'\n');

    private readonly Stack<Step> _open = [];

    /// <summary>Whether the open item of the outermost array whose items differ can end as one that isn't there yet.</summary>
    public bool LeadsOn(Configuration place, JsonItems items)
    {
        if (!items.HasItems || place.IsEnd)
        {
            return true;
        }

        _open.Clear();
        _open.Push(Step.From(place, items));
        for (var tried = 0; tried < MostTried && _open.TryPop(out var step); tried++)
        {
            if (step.Place.IsComplete || step.Items.HasEndedItemOf(items))
            {
                return true;
            }

            var next = step.Next;
            while (next < Order.Length && !step.Bytes.Contains(Order[next]))
            {
                next++;
            }

            if (next == Order.Length)
            {
                continue;
            }

            _open.Push(step with { Next = next + 1 });
            var behind = step.Items;
            if (automaton.Find(step.Place, Order[next], ref behind!) is { IsDead: false } after)
            {
                _open.Push(Step.From(after, behind));
            }
        }

        return _open.Count > 0;
    }

    /// <summary>A place, the bytes that are to be tried there, and how many of all in their order were passed.</summary>
    private readonly record struct Step(Configuration Place, JsonItems Items, ByteSet Bytes, int Next)
    {
        // White space makes no other item, and ways through it are many: it is tried only where it has to stand.
        public static Step From(Configuration place, JsonItems items) =>
            new(place, items, items.IsInString || (place.FirstBytes & ~Blanks).IsEmpty ? place.FirstBytes : place.FirstBytes & ~Blanks, 0);
    }
}
