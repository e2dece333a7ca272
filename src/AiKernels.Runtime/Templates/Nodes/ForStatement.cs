using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Syntax;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Nodes;

/// <summary><c>{% for a in b if c recursive %} {% else %}</c></summary>
internal sealed record ForStatement(
    int At,
    ScopeLayout Layout,
    Target Target,
    Expression Items,
    Expression? Condition,
    bool IsRecursive,
    Block Body,
    ScopeLayout ElseLayout,
    Block? Else)
    : Statement(At, Over(Target, Items, Condition, Body, Else))
{
    private readonly int _loopPlace = Layout.Declare("loop");

    public override Flow Render(Scope scope)
    {
        var items = Items.Evaluate(scope);
        scope.Run.StepAt(At);
        Loop(scope, items, 0);
        return Flow.Next;
    }

    /// <summary>Runs over other items from within, and returns what that writes.</summary>
    public Value Recurse(Scope scope, Value items, int depth)
    {
        var run = scope.Run;
        run.Enter();
        var start = run.Output.Length;
        run.Captures++;
        Loop(scope, items, depth);
        run.Captures--;
        run.Leave();
        return new StringValue(run.Output.Cut(start));
    }

    private void Loop(Scope scope, Value source, int depth)
    {
        // A copy, since the body may change a list.
        var items = Sequences.Copy(scope.Run, source);
        var inner = new Scope(scope.Run, scope, Layout.Count);
        var usesLoop = Layout.IsRead("loop");
        if (usesLoop && Condition is not null)
        {
            items = items.FindAll(item => IsWanted(inner, item)); // 'loop' tells of those that are left.
        }

        var loop = usesLoop ? new LoopValue(this, scope, items, depth) : null;
        var isEmpty = true;
        for (var i = 0; i < items.Count; i++)
        {
            if (!usesLoop && !IsWanted(inner, items[i]))
            {
                continue;
            }

            var flow = RenderItem(inner, items[i], i, loop);
            isEmpty &= flow != Flow.Next; // In Jinja, an item counts when its body comes to its end.
            if (flow == Flow.Break)
            {
                break;
            }
        }

        if (isEmpty && Else is not null)
        {
            Else.Render(new Scope(scope.Run, scope, ElseLayout.Count));
        }
    }

    private Flow RenderItem(Scope inner, Value item, int index, LoopValue? loop)
    {
        Take(inner, item);
        if (loop is not null)
        {
            loop.Index = index;
            inner.Values[_loopPlace] = loop;
        }

        return Body.Render(inner);
    }

    private bool IsWanted(Scope inner, Value item)
    {
        if (Condition is null)
        {
            return true;
        }

        Take(inner, item);
        return Condition.Evaluate(inner).IsTrue;
    }

    private void Take(Scope inner, Value item)
    {
        inner.Run.StepAt(At);
        inner.Run.Step(inner.Values.Length);
        Array.Clear(inner.Values);
        Target.Assign(inner, item);
    }
}
