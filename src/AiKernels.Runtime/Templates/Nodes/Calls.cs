using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Nodes;

/// <summary>What stands between a call's parentheses: <c>a, name=b, *items, **names</c>.</summary>
internal sealed record CallArguments(
    int At, Expression[] Positional, (string Name, Expression Value)[] Named, Expression? Items, Expression? Names)
    : Node(At, Over([.. Positional, .. Named.Select(argument => argument.Value), Items, Names]))
{
    public bool IsEmpty => Positional.Length == 0 && Named.Length == 0 && Items is null && Names is null;

    public Arguments Evaluate(Scope scope)
    {
        if (IsEmpty)
        {
            return Arguments.None;
        }

        var positional = new Value[Positional.Length];
        for (var i = 0; i < positional.Length; i++)
        {
            positional[i] = Positional[i].Evaluate(scope);
        }

        var named = Named.Length == 0 ? [] : new (string, Value)[Named.Length];
        for (var i = 0; i < named.Length; i++)
        {
            named[i] = (Named[i].Name, Named[i].Value.Evaluate(scope));
        }

        scope.Run.Step(positional.Length + named.Length);
        return Items is null && Names is null ? new Arguments(positional, named) : Spread(scope, positional, named);
    }

    private Arguments Spread(Scope scope, Value[] positional, (string Name, Value Value)[] named)
    {
        var run = scope.Run;
        var items = Items is null ? [] : Sequences.Copy(run, Items.Evaluate(scope));
        var names = Names?.Evaluate(scope) switch
        {
            null => [],
            MappingValue mapping => mapping.Items.Select(item => item.Key is StringValue name
                ? (name.Text, item.Value)
                : throw new TemplateException("the names behind ** have to be strings", At)).ToArray(),
            var other => throw new TemplateException($"what stands behind ** has to be a mapping, not {Described.Of(other)}", At),
        };
        run.Step(names.Length);
        (string Name, Value)[] all = [.. named, .. names];
        return all.DistinctBy(argument => argument.Name).Count() == all.Length
            ? new Arguments([.. positional, .. items], all)
            : throw new TemplateException("an argument is given twice by its name", At);
    }
}

/// <summary><c>f(a, b)</c></summary>
internal sealed record CallExpression(int At, Expression Callee, CallArguments Arguments) : Expression(At, Over(Callee, Arguments))
{
    public override Value Evaluate(Scope scope) => Evaluate(scope, caller: null);

    /// <summary>Calls it, and passes a macro as <c>caller</c>.</summary>
    public Value Evaluate(Scope scope, MacroValue? caller)
    {
        var run = scope.Run;
        if (Callee is AttributeExpression attribute)
        {
            var target = attribute.Target.Evaluate(scope);
            if (caller is null && attribute.Methods.Of(target) is { } method)
            {
                var arguments = Arguments.Evaluate(scope);
                run.StepAt(At);
                return method.Invoke(run, target, arguments);
            }

            return Call(scope, attribute.Of(run, target), caller);
        }

        return Call(scope, Callee.Evaluate(scope), caller);
    }

    /// <summary>Calls it and writes what it gives; a macro writes by itself.</summary>
    public void Write(Scope scope, MacroValue? caller = null)
    {
        var run = scope.Run;
        if (Callee is NameExpression && Callee.Evaluate(scope) is MacroValue macro)
        {
            var arguments = With(Arguments.Evaluate(scope), caller);
            run.StepAt(At);
            macro.Write(arguments);
        }
        else
        {
            PythonText.Append(run.Output, run, Evaluate(scope, caller));
        }
    }

    private Value Call(Scope scope, Value callee, MacroValue? caller)
    {
        var arguments = With(Arguments.Evaluate(scope), caller);
        scope.Run.StepAt(At);
        return callee is CallableValue callable ? callable.Call(scope.Run, arguments) : throw Described.Refusal(callee, "can't be called");
    }

    private static Arguments With(Arguments arguments, MacroValue? caller) =>
        caller is null ? arguments : arguments with { Named = [.. arguments.Named, ("caller", caller)] };
}

/// <summary><c>a|filter(b)</c></summary>
/// <remarks>A filter block has no <paramref name="Input"/>: it is given the text.</remarks>
internal sealed record FilterExpression(int At, Expression? Input, string Name, CallArguments Arguments)
    : Expression(At, Over(Input, Arguments))
{
    private readonly Builtin? _filter = Filters.Find(Name);

    public override Value Evaluate(Scope scope) => Apply(scope, Input!.Evaluate(scope));

    /// <summary>Applies it to a value.</summary>
    public Value Apply(Scope scope, Value input)
    {
        // A chain of filters over a block's text begins with it.
        var value = Input is FilterExpression inner && inner.IsOfBlock ? inner.Apply(scope, input) : input;
        var arguments = Arguments.Evaluate(scope);
        scope.Run.StepAt(At);
        return (_filter ?? throw new TemplateException($"there is no filter {Quoted.Name(Name)}")).Invoke(scope.Run, value, arguments);
    }

    private bool IsOfBlock => Input is null || Input is FilterExpression { IsOfBlock: true };
}

/// <summary><c>a is test(b)</c></summary>
internal sealed record TestExpression(int At, Expression Input, string Name, CallArguments Arguments)
    : Expression(At, Over(Input, Arguments))
{
    private readonly Builtin? _test = Tests.Find(Name);

    public override Value Evaluate(Scope scope)
    {
        var value = Input.Evaluate(scope);
        var arguments = Arguments.Evaluate(scope);
        scope.Run.StepAt(At);
        return (_test ?? throw new TemplateException($"there is no test {Quoted.Name(Name)}")).Invoke(scope.Run, value, arguments);
    }
}
