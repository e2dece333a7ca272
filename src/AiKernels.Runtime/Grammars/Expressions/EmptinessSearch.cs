namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>
/// Finds out whether any text belongs to an expression. Only intersections, complements and automata can come to nothing
/// unseen: from them the search goes on byte by byte.
/// </summary>
internal sealed class EmptinessSearch(WorkBudget work)
{
    private readonly Reachability<Expression> _ends = new(
        expression => expression.IsNullable || (expression is not IPerhapsEmpty && !expression.IsNothing), Next, work, comesNearer: false);

    public bool IsEmpty(Expression expression) =>
        expression is IPerhapsEmpty ? !_ends.Reaches(expression) : expression.IsNothing;

    private static IEnumerable<Expression> Next(Expression expression)
    {
        if (expression is not IPerhapsEmpty perhapsEmpty)
        {
            return [];
        }

        var classes = new ByteClasses();
        expression.Divide(classes);
        return classes.Classes.Select(set => perhapsEmpty.DeriveUnchecked(set.First));
    }
}
