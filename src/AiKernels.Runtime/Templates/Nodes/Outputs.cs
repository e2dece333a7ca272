using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Syntax;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Nodes;

/// <summary>Statements one after the other.</summary>
internal sealed record Block(int At, Statement[] Statements) : Statement(At, Over(Statements))
{
    public override Flow Render(Scope scope)
    {
        foreach (var statement in Statements)
        {
            if (statement.Render(scope) is not Flow.Next and var flow)
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    /// <summary>Renders it aside.</summary>
    /// <param name="scope">Its variables.</param>
    /// <param name="flow">Where it goes on.</param>
    public string Capture(Scope scope, out Flow flow)
    {
        var run = scope.Run;
        var start = run.Output.Length;
        run.Captures++;
        flow = Render(scope);
        run.Captures--;
        return run.Output.Cut(start);
    }
}

/// <summary>Text as it is.</summary>
internal sealed record TextStatement(int At, string Text) : Statement(At, 1)
{
    public override Flow Render(Scope scope)
    {
        scope.Run.StepAt(At);
        scope.Run.Output.Append(Text);
        return Flow.Next;
    }
}

/// <summary><c>{{ a }}</c></summary>
internal sealed record OutputStatement(int At, Expression Value) : Statement(At, Over(Value))
{
    public override Flow Render(Scope scope)
    {
        var run = scope.Run;
        run.StepAt(At);
        if (Value is CallExpression call)
        {
            call.Write(scope);
        }
        else
        {
            PythonText.Append(run.Output, run, Value.Evaluate(scope));
        }

        return Flow.Next;
    }
}

/// <summary><c>{% generation %}</c>: what the model is meant to have written.</summary>
internal sealed record GenerationStatement(int At, ScopeLayout Layout, Block Body) : Statement(At, Over(Body))
{
    public override Flow Render(Scope scope)
    {
        var run = scope.Run;
        var start = run.Output.Length;
        run.Captures++; // Within it, nothing else is noted.
        Body.Render(new Scope(run, scope, Layout.Count));
        run.Captures--;
        if (run.Captures == 0)
        {
            run.Generated.Add(new GeneratedSpan(start, run.Output.Length - start));
        }

        return Flow.Next;
    }
}
