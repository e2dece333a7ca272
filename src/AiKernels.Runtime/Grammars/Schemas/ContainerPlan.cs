using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>
/// One of the ways to be an array or object: which items or properties may come next, by a state of what came before. No way
/// is taken from which there is none to the end.
/// </summary>
/// <param name="values">Makes values.</param>
/// <param name="clause">What has to be fulfilled.</param>
/// <param name="close">The closing bracket.</param>
internal abstract class ContainerPlan(SchemaValues values, Clause clause, char close) : IExpressionFamily
{
    // Where a state has the number of items or properties so far, as far as it matters.
    protected const int Count = 0;

    private Reachability<PlanState>? _ends;

    /// <summary>An item, or a property with its name, that may come next.</summary>
    /// <param name="Name">What stands before the value.</param>
    /// <param name="Value">The value.</param>
    /// <param name="Next">The state behind it.</param>
    protected readonly record struct Step(Expression Name, SchemaValue Value, PlanState Next);

    /// <summary>Whether there is such a value, by what is known of those in it.</summary>
    public bool IsProductive => NewSearch().Reaches(Start);

    /// <summary>Whether no two items may be equal, which their text has to show.</summary>
    public virtual bool HasUniqueItems => false;

    /// <summary>What follows the opening bracket.</summary>
    public Expression Body => Store.Sequence(values.Layout.Space, Store.Member(this, Start));

    protected SchemaValues Values => values;

    protected ExpressionStore Store => values.Store;

    /// <summary>The state of an empty one.</summary>
    protected abstract PlanState Start { get; }

    bool IExpressionFamily.EndsUniqueItem(object state) => HasUniqueItems && ((PlanState)state)[Count] > 0;

    Expression IExpressionFamily.Write(object state)
    {
        var current = (PlanState)state;
        _ends ??= NewSearch(); // By now all is known of all values.
        var steps = Possible(current).Where(step => _ends.Reaches(step.Next)).Select(step =>
            Store.Sequence(step.Name, step.Value.Expression, values.Layout.Space, Store.Member(this, step.Next)));
        var more = Store.Choice([.. steps]);
        return Store.Choice(
            current[Count] == 0 ? more : Store.Sequence(values.Layout.Comma, more),
            CanEnd(current) ? Store.Literal([(byte)close]) : Store.Nothing);
    }

    /// <summary>Whether all that has to be there is, but for the number.</summary>
    protected abstract bool IsFulfilled(PlanState state);

    /// <summary>What may come next, whether or not there are such values.</summary>
    protected abstract IEnumerable<Step> Steps(PlanState state);

    /// <summary>The number after one more.</summary>
    protected int CountAfter(PlanState state) => Math.Min(state[Count] + 1, Math.Max(Math.Max(clause.Minimum, clause.Maximum ?? 0), 1));

    private Reachability<PlanState> NewSearch() => new(CanEnd, state => Possible(state).Select(step => step.Next), Store.Work, comesNearer: true);

    private bool CanEnd(PlanState state) => state[Count] >= clause.Minimum && IsFulfilled(state);

    private IEnumerable<Step> Possible(PlanState state) =>
        state[Count] == clause.Maximum ? [] : Steps(state).Where(step => step.Value.IsProductive);
}
