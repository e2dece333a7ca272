using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Syntax;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Nodes;

/// <summary>A parameter of a macro.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Place">Its place among the macro's variables.</param>
/// <param name="Default">Its value where none is passed; null where there is none.</param>
internal sealed record Parameter(string Name, int Place, Expression? Default);

/// <summary>A macro, or the body of a call block.</summary>
internal sealed record Macro(int At, string Name, ScopeLayout Layout, Parameter[] Parameters, Block Body)
    : Node(At, Over([Body, .. Parameters.Select(parameter => parameter.Default)]))
{
    private const string VarArgs = "varargs", KwArgs = "kwargs", Caller = "caller";

    /// <summary>The variables that a macro may read without declaring them.</summary>
    public static IEnumerable<string> Implicit => [VarArgs, KwArgs, Caller];

    /// <summary>What it writes.</summary>
    /// <param name="outer">The variables around its definition.</param>
    /// <param name="arguments">What is passed.</param>
    public Value Call(Scope outer, Arguments arguments)
    {
        var run = outer.Run;
        var start = run.Output.Length;
        run.Captures++;
        Write(outer, arguments);
        run.Captures--;
        return new StringValue(run.Output.Cut(start));
    }

    /// <summary>Writes it where the output is.</summary>
    public void Write(Scope outer, Arguments arguments)
    {
        var run = outer.Run;
        run.Enter();
        var scope = new Scope(run, outer, Layout.Count);
        Bind(scope, arguments);
        Body.Render(scope);
        run.Leave();
    }

    private void Bind(Scope scope, Arguments arguments)
    {
        var (positional, named) = arguments;
        for (var i = 0; i < Math.Min(Parameters.Length, positional.Length); i++)
        {
            scope.Values[Parameters[i].Place] = positional[i];
        }

        BindRest(scope, positional);
        BindNamed(scope, positional.Length, named);
        foreach (var parameter in Parameters)
        {
            scope.Values[parameter.Place] ??= parameter.Default?.Evaluate(scope)
                ?? new UndefinedValue(parameter.Name, $"the call of {Quoted.Name(Name)}");
        }

        if (Layout.IsRead(Caller))
        {
            scope.Values[Layout.Find(Caller)!.Value] ??= new UndefinedValue(Caller); // Not that of a macro around this one.
        }
    }

    private void BindRest(Scope scope, Value[] positional)
    {
        if (Layout.IsRead(VarArgs))
        {
            scope.Values[Layout.Find(VarArgs)!.Value] = new TupleValue(positional[Math.Min(Parameters.Length, positional.Length)..]);
        }
        else if (positional.Length > Parameters.Length)
        {
            throw new TemplateException(
                $"the macro {Quoted.Name(Name)} takes {Parameters.Length} values and is passed {positional.Length}");
        }
    }

    private void BindNamed(Scope scope, int positional, (string Name, Value Value)[] named)
    {
        var rest = Layout.IsRead(KwArgs) ? new MappingValue(scope.Run) : null;
        foreach (var (name, value) in named)
        {
            scope.Run.Step(Parameters.Length);
            var index = Array.FindIndex(Parameters, parameter => parameter.Name == name);
            if (index >= 0)
            {
                scope.Values[Parameters[index].Place] = index >= positional ? value
                    : throw new TemplateException($"the macro {Quoted.Name(Name)} gets {Quoted.Name(name)} twice");
            }
            else if (name == Caller && Layout.IsRead(Caller))
            {
                scope.Values[Layout.Find(Caller)!.Value] = value;
            }
            else
            {
                _ = rest ?? throw new TemplateException($"the macro {Quoted.Name(Name)} has no parameter {Quoted.Name(name)}");
                rest.Set(new StringValue(name), value);
            }
        }

        if (rest is not null)
        {
            scope.Values[Layout.Find(KwArgs)!.Value] = rest;
        }
    }
}

/// <summary><c>{% macro name(a, b=c) %}</c></summary>
internal sealed record MacroStatement(int At, int Place, Macro Macro) : Statement(At, Over(Macro))
{
    public override Flow Render(Scope scope)
    {
        scope.Run.StepAt(At);
        scope.Values[Place] = new MacroValue(Macro, scope);
        return Flow.Next;
    }
}

/// <summary><c>{% call(a) name(b) %}</c>: a call that is passed a body as a macro.</summary>
internal sealed record CallStatement(int At, Macro Body, CallExpression Call) : Statement(At, Over(Body, Call))
{
    public override Flow Render(Scope scope)
    {
        scope.Run.StepAt(At);
        Call.Write(scope, new MacroValue(Body, scope));
        return Flow.Next;
    }
}
