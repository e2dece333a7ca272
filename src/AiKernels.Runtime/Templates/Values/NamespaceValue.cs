namespace AiKernels.Runtime.Templates.Values;

/// <summary>What <c>namespace()</c> makes: attributes that can be set from within loops.</summary>
internal sealed class NamespaceValue(Rendering run) : Value
{
    public OrderedDictionary<string, Value> Items { get; } = run.MakeMapping<string>(StringComparer.Ordinal);

    public override string Kind => "a namespace";

    public override Value? Attribute(Rendering run, string name) => Items.GetValueOrDefault(name);
}
