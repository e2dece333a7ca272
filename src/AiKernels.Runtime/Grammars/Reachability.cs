using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars;

/// <summary>Finds out from which nodes of a graph, made as it is walked, an end can be reached; remembers what it found.</summary>
/// <remarks>
/// It goes on from the oldest and the newest node in turns, unless every step comes nearer: the one finds ends that are near, the
/// other those to which every way leads in many steps.
/// </remarks>
/// <param name="isEnd">Whether a node is an end.</param>
/// <param name="next">The nodes that one leads to.</param>
/// <param name="work">Pays for the search.</param>
/// <param name="comesNearer">Whether every step does.</param>
internal sealed class Reachability<T>(Func<T, bool> isEnd, Func<T, IEnumerable<T>> next, WorkBudget work, bool comesNearer)
    where T : class
{
    // A search that takes longer gives up, and takes it that there is an end.
    private const int MostVisited = 1 << 11;

    private readonly Dictionary<T, bool> _known = [];

    /// <summary>Whether an end can be reached.</summary>
    public bool Reaches(T start) => _known.TryGetValue(start, out var known) ? known : Search(start);

    private bool Search(T start)
    {
        Dictionary<T, T?> from = new() { [start] = null };
        LinkedList<T> open = new([start]);
        for (var isOldest = false; (isOldest ? open.First : open.Last) is { } first; isOldest = !isOldest && !comesNearer)
        {
            var current = first.Value;
            open.Remove(first);
            if (from.Count > MostVisited)
            {
                return _known[start] = true;
            }

            if (isEnd(current) || (_known.TryGetValue(current, out var reaches) && reaches))
            {
                for (var step = current; step is not null; step = from[step])
                {
                    _known[step] = true;
                }

                return true;
            }

            foreach (var node in next(current))
            {
                work.Spend(WorkBudget.OfSearch);
                if (!(_known.TryGetValue(node, out var known) && !known) && from.TryAdd(node, current))
                {
                    open.AddLast(node);
                }
            }
        }

        foreach (var node in from.Keys)
        {
            _known[node] = false;
        }

        return false;
    }
}
