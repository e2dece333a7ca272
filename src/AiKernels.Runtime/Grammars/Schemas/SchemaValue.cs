using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>The values that fulfil a conjunction of schemas.</summary>
/// <param name="scalars">Those that are no arrays or objects.</param>
internal sealed class SchemaValue(Expression scalars)
{
    private Expression? _expression;

    /// <summary>The ways to be an array.</summary>
    public IReadOnlyList<ArrayPlan> Arrays { get; set; } = [];

    /// <summary>The ways to be an object.</summary>
    public IReadOnlyList<ObjectPlan> Objects { get; set; } = [];

    /// <summary>Whether there is such a value, and a finite one; known once all are.</summary>
    public bool IsProductive { get; private set; } = !scalars.IsNothing;

    /// <summary>Their text; nothing if there is none.</summary>
    public Expression Expression => _expression ??= IsProductive ? Write() : scalars.Store.Nothing;

    /// <summary>Looks again, since more is known of other values; tells whether it changed.</summary>
    public bool Update()
    {
        var before = IsProductive;
        IsProductive = before || Arrays.Any(array => array.IsProductive) || Objects.Any(item => item.IsProductive);
        return IsProductive != before;
    }

    private Expression Write()
    {
        var store = scalars.Store;
        return store.Choice(scalars, Called("array", '[', Arrays), Called("object", '{', Objects));
    }

    private Expression Called(string name, char open, IEnumerable<ContainerPlan> plans)
    {
        var store = scalars.Store;
        var bodies = plans.Where(plan => plan.IsProductive).Select(plan => plan.Body).ToArray();
        return bodies.Length == 0
            ? store.Nothing
            : store.Sequence(store.Literal([(byte)open]), store.Choice([.. bodies.Select(body => store.Call(new Rule(name) { Body = body }))]));
    }
}
