using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Nodes;

/// <summary><c>a.name</c></summary>
internal sealed record AttributeExpression(int At, Expression Target, string Name) : Expression(At, Over(Target))
{
    private readonly StringValue _key = new(Name);

    /// <summary>The methods of that name.</summary>
    public Methods Methods { get; } = Methods.Named(Name);

    public override Value Evaluate(Scope scope) => Of(scope.Run, Target.Evaluate(scope));

    /// <summary>The attribute of a value.</summary>
    public Value Of(Rendering run, Value target)
    {
        run.StepAt(At);
        return Members.Attribute(run, target, _key, Methods);
    }
}

/// <summary><c>a[key]</c></summary>
internal sealed record ItemExpression(int At, Expression Target, Expression Key) : Expression(At, Over(Target, Key))
{
    public override Value Evaluate(Scope scope)
    {
        var target = Target.Evaluate(scope);
        var key = Key.Evaluate(scope);
        scope.Run.StepAt(At);
        return Members.Item(scope.Run, target, key);
    }
}

/// <summary><c>a[start:stop:step]</c></summary>
internal sealed record SliceExpression(int At, Expression Target, Expression? Start, Expression? Stop, Expression? Step)
    : Expression(At, Over(Target, Start, Stop, Step))
{
    public override Value Evaluate(Scope scope)
    {
        var target = Target.Evaluate(scope);
        var bounds = (Bound(Start, scope), Bound(Stop, scope), Bound(Step, scope));
        scope.Run.StepAt(At);
        return Slicing.Slice(scope.Run, target, bounds);
    }

    private static Value Bound(Expression? bound, Scope scope) => bound?.Evaluate(scope) ?? NoneValue.Instance;
}
