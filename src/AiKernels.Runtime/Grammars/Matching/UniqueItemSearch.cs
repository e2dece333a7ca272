namespace AiKernels.Runtime.Grammars.Matching;

/// <summary>
/// Looks whether an item that has begun, or is to come, can still become one that isn't there yet: an array's items may be so
/// few that no other is left. Not thread-safe.
/// </summary>
internal sealed class UniqueItemSearch(PushdownAutomaton automaton)
{
    // As many bytes as are tried; an array with so much to try has other items left, as good as certainly.
    private const int MostTried = 512;

    // What ends an item soonest is tried first.
    private static readonly byte[] Order =
        [.. "],}\""u8, .. Enumerable.Range(0, 256).Select(value => (byte)value).Where(value => !"],}\""u8.Contains(value))];

    private readonly Stack<(Configuration Place, JsonItems Items)> _open = [];

    /// <summary>Whether the innermost array's item can end as one that isn't there yet.</summary>
    public bool LeadsOn(Configuration place, JsonItems items)
    {
        if (!items.HasItems || place.IsEnd)
        {
            return true;
        }

        _open.Clear();
        _open.Push((place, items));
        var tried = 0;
        while (_open.TryPop(out var next))
        {
            if (next.Place.IsComplete || next.Items.HasEndedItemOf(items) || tried > MostTried)
            {
                return true;
            }

            // A stack gives back last what was put on it first.
            for (var i = Order.Length - 1; i >= 0; i--)
            {
                var behind = next.Items;
                if (next.Place.Takes(Order[i]) && automaton.Find(next.Place, Order[i], ref behind!) is { IsDead: false } after)
                {
                    tried++;
                    _open.Push((after, behind));
                }
            }
        }

        return false;
    }
}
