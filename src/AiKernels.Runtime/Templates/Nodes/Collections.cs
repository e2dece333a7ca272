using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Nodes;

/// <summary><c>[a, b]</c></summary>
internal sealed record ListExpression(int At, Expression[] Items) : Expression(At, Over(Items))
{
    public override Value Evaluate(Scope scope)
    {
        scope.Run.Step(Items.Length);
        var values = new List<Value>(Items.Length);
        foreach (var item in Items)
        {
            values.Add(item.Evaluate(scope));
        }

        return new ListValue(values);
    }
}

/// <summary><c>(a, b)</c></summary>
internal sealed record TupleExpression(int At, Expression[] Items) : Expression(At, Over(Items))
{
    public override Value Evaluate(Scope scope)
    {
        scope.Run.Step(Items.Length);
        var values = new Value[Items.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Items[i].Evaluate(scope);
        }

        return new TupleValue(values);
    }
}

/// <summary><c>{a: b}</c></summary>
internal sealed record MappingExpression(int At, (Expression Key, Expression Value)[] Items)
    : Expression(At, Over(Items.SelectMany(item => (Node[])[item.Key, item.Value])))
{
    public override Value Evaluate(Scope scope)
    {
        scope.Run.StepAt(At);
        scope.Run.Step(Items.Length);
        var mapping = new MappingValue(scope.Run, Items.Length);
        foreach (var (key, value) in Items)
        {
            mapping.Set(key.Evaluate(scope), value.Evaluate(scope));
        }

        return mapping;
    }
}
