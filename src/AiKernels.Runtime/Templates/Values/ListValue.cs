namespace AiKernels.Runtime.Templates.Values;

/// <summary>A list, the only kind of sequence that can change.</summary>
internal sealed class ListValue(List<Value> items) : SequenceValue
{
    public List<Value> Items { get; } = items;

    public override string Kind => "a list";

    public override int Count => Items.Count;

    public override Value this[int index] => Items[index];
}
