using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Syntax;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Nodes;

/// <summary><c>{% if a %} {% elif b %} {% else %}</c></summary>
internal sealed record IfStatement(int At, (Expression Test, Block Body)[] Cases, Block? Else)
    : Statement(At, Over([.. Cases.SelectMany(part => (Node[])[part.Test, part.Body]), Else]))
{
    public override Flow Render(Scope scope)
    {
        foreach (var (test, body) in Cases)
        {
            scope.Run.StepAt(At);
            if (test.Evaluate(scope).IsTrue)
            {
                return body.Render(scope);
            }
        }

        return Else?.Render(scope) ?? Flow.Next;
    }
}

/// <summary><c>{% break %}</c> or <c>{% continue %}</c></summary>
internal sealed record JumpStatement(int At, Flow Flow) : Statement(At, 1)
{
    public override Flow Render(Scope scope)
    {
        scope.Run.StepAt(At);
        return Flow;
    }
}

/// <summary><c>{% with a = b %}</c></summary>
internal sealed record WithStatement(int At, ScopeLayout Layout, (Target Target, Expression Value)[] Variables, Block Body)
    : Statement(At, Over([.. Variables.SelectMany(variable => (Node[])[variable.Target, variable.Value]), Body]))
{
    public override Flow Render(Scope scope)
    {
        scope.Run.StepAt(At);
        var inner = new Scope(scope.Run, scope, Layout.Count);
        foreach (var (target, value) in Variables)
        {
            target.Assign(inner, value.Evaluate(scope));
        }

        return Body.Render(inner);
    }
}

/// <summary><c>{% set a = b %}</c></summary>
internal sealed record SetStatement(int At, Target Target, Expression Value) : Statement(At, Over(Target, Value))
{
    public override Flow Render(Scope scope)
    {
        scope.Run.StepAt(At);
        Target.Assign(scope, Value.Evaluate(scope));
        return Flow.Next;
    }
}

/// <summary><c>{% set a %}...{% endset %}</c>, or <c>{% filter f %}...{% endfilter %}</c> where there is no target.</summary>
internal sealed record CaptureStatement(int At, ScopeLayout Layout, Target? Target, FilterExpression? Filter, Block Body)
    : Statement(At, Over(Target, Filter, Body))
{
    public override Flow Render(Scope scope)
    {
        var run = scope.Run;
        run.StepAt(At);
        var inner = new Scope(run, scope, Layout.Count);
        Value text = new StringValue(Body.Capture(inner, out var flow));
        if (flow != Flow.Next)
        {
            return flow;
        }

        text = Filter?.Apply(scope, text) ?? text;
        if (Target is null)
        {
            PythonText.Append(run.Output, run, text);
        }
        else
        {
            Target.Assign(scope, text);
        }

        return Flow.Next;
    }
}
