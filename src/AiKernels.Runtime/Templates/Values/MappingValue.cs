namespace AiKernels.Runtime.Templates.Values;

/// <summary>Values under keys, in the order in which the keys came.</summary>
internal sealed class MappingValue(Rendering run, int capacity = 0) : Value
{
    public OrderedDictionary<Value, Value> Items { get; } = run.MakeMapping(run.Keys, capacity);

    public override string Kind => "a mapping";

    public override bool IsTrue => Items.Count != 0;

    /// <summary>Sets the value of a key, which keeps its place and its spelling where it was there before (1 is 1.0).</summary>
    public void Set(Value key, Value value) => Items[key] = value;
}
