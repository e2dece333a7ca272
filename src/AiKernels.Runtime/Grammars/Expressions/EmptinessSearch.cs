namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>
/// Finds out whether any text belongs to an expression. Only intersections, complements and automata can come to nothing
/// unseen: from them the search goes on byte by byte, nearest first, until it finds an end.
/// </summary>
internal sealed class EmptinessSearch
{
    // A search that takes longer gives up, and takes it that there are texts.
    private const int MostVisited = 1 << 16;

    private readonly Dictionary<Expression, bool> _isEmpty = [];

    public bool IsEmpty(Expression expression)
    {
        if (expression is not IPerhapsEmpty)
        {
            return expression.IsNothing;
        }

        if (!_isEmpty.TryGetValue(expression, out var isEmpty))
        {
            isEmpty = Search(expression);
        }

        return isEmpty;
    }

    private bool Search(Expression start)
    {
        Dictionary<Expression, Expression?> from = new() { [start] = null };
        Queue<Expression> queue = new([start]);
        while (queue.TryDequeue(out var current))
        {
            if (HasText(current) || from.Count > MostVisited)
            {
                for (var step = current; step is not null; step = from[step])
                {
                    _isEmpty[step] = false;
                }

                return false;
            }

            foreach (var next in Next(current).Where(next => !next.IsNothing && !IsKnownEmpty(next)))
            {
                if (from.TryAdd(next, current))
                {
                    queue.Enqueue(next);
                }
            }
        }

        foreach (var visited in from.Keys)
        {
            _isEmpty[visited] = true;
        }

        return true;
    }

    private bool HasText(Expression expression) =>
        expression.IsNullable || expression is not IPerhapsEmpty
        || (_isEmpty.TryGetValue(expression, out var isEmpty) && !isEmpty);

    private bool IsKnownEmpty(Expression expression) => _isEmpty.TryGetValue(expression, out var isEmpty) && isEmpty;

    private static IEnumerable<Expression> Next(Expression expression)
    {
        var classes = new ByteClasses();
        expression.Divide(classes);
        return classes.Classes.Select(set => ((IPerhapsEmpty)expression).DeriveUnchecked(set.First));
    }
}
