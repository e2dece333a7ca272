namespace AiKernels.Runtime.Templates.Values;

/// <summary>A sequence that stays as it is.</summary>
/// <param name="items">The values.</param>
/// <param name="names">Names of the first values, under which they are attributes.</param>
internal sealed class TupleValue(Value[] items, params string[] names) : SequenceValue
{
    public Value[] Items { get; } = items;

    public override string Kind => "a tuple";

    public override int Count => Items.Length;

    public override Value this[int index] => Items[index];

    public override Value? Attribute(Rendering run, string name) =>
        Array.IndexOf(names, name) is >= 0 and var index ? Items[index] : null;
}
