namespace AiKernels.Runtime.Grammars;

/// <summary>Finds out from which nodes of a graph, made as it is walked, an end can be reached; remembers what it found.</summary>
/// <param name="isEnd">Whether a node is an end.</param>
/// <param name="next">The nodes that one leads to.</param>
/// <param name="deepFirst">Whether to go on from the newest node and not from the oldest: right where every step comes nearer.</param>
internal sealed class Reachability<T>(Func<T, bool> isEnd, Func<T, IEnumerable<T>> next, bool deepFirst)
    where T : class
{
    // A search that takes longer gives up, and takes it that there is an end.
    private const int MostVisited = 1 << 13;

    private readonly Dictionary<T, bool> _known = [];

    /// <summary>Whether an end can be reached.</summary>
    public bool Reaches(T start) => _known.TryGetValue(start, out var known) ? known : Search(start);

    private bool Search(T start)
    {
        Dictionary<T, T?> from = new() { [start] = null };
        LinkedList<T> open = new([start]);
        while (open.First is { } first)
        {
            var current = first.Value;
            open.RemoveFirst();
            if (from.Count > MostVisited)
            {
                Remember(from.Keys, true);
                return true;
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
                if (!(_known.TryGetValue(node, out var known) && !known) && from.TryAdd(node, current))
                {
                    _ = deepFirst ? open.AddFirst(node) : open.AddLast(node);
                }
            }
        }

        Remember(from.Keys, false);
        return false;
    }

    private void Remember(IEnumerable<T> nodes, bool reaches)
    {
        foreach (var node in nodes)
        {
            _known[node] = reaches;
        }
    }
}
