using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Nodes;

/// <summary>What a value is assigned to.</summary>
internal abstract record Target(int At, int Height) : Node(At, Height)
{
    /// <param name="scope">The scope whose variables are set.</param>
    /// <param name="value">The value.</param>
    public abstract void Assign(Scope scope, Value value);
}

/// <summary>A variable of the scope.</summary>
internal sealed record NameTarget(int At, int Place) : Target(At, 1)
{
    public override void Assign(Scope scope, Value value) => scope.Values[Place] = value;
}

/// <summary>An attribute of a namespace.</summary>
internal sealed record NamespaceTarget(int At, Expression Namespace, string Name) : Target(At, Over(Namespace))
{
    public override void Assign(Scope scope, Value value)
    {
        scope.Run.StepAt(At);
        var target = Namespace.Evaluate(scope);
        var names = target as NamespaceValue
            ?? throw new TemplateException($"only attributes of a namespace can be set, not of {Described.Of(target)}");
        names.Items[Name] = value;
    }
}

/// <summary>Targets of a sequence's items.</summary>
internal sealed record TupleTarget(int At, Target[] Items) : Target(At, Over(Items))
{
    public override void Assign(Scope scope, Value value)
    {
        scope.Run.StepAt(At);
        if (value is UndefinedValue)
        {
            throw Described.Refusal(value, "can't be taken apart");
        }

        var values = Sequences.Items(scope.Run, value);
        if (values.Count != Items.Length)
        {
            throw new TemplateException($"{value.Kind} of {values.Count} items can't be taken apart into {Items.Length}");
        }

        for (var i = 0; i < Items.Length; i++)
        {
            Items[i].Assign(scope, values[i]);
        }
    }
}
