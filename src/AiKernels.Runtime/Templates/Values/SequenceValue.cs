namespace AiKernels.Runtime.Templates.Values;

/// <summary>Values in an order.</summary>
internal abstract class SequenceValue : Value
{
    public abstract int Count { get; }

    public override bool IsTrue => Count != 0;

    public abstract Value this[int index] { get; }
}

/// <summary>Values that can be taken one by one but have no places: a mapping's keys, values or items.</summary>
/// <param name="name">What Python calls it.</param>
/// <param name="items">The values.</param>
internal sealed class ViewValue(string name, IReadOnlyList<Value> items) : Value
{
    public string Name { get; } = name;

    public IReadOnlyList<Value> Items { get; } = items;

    public override string Kind => $"the {Name["dict_".Length..]} of a mapping";

    public override bool IsTrue => Items.Count != 0;
}
