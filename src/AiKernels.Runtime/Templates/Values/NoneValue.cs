namespace AiKernels.Runtime.Templates.Values;

/// <summary><c>none</c>, JSON's null.</summary>
internal sealed class NoneValue : Value
{
    private NoneValue()
    {
    }

    public static NoneValue Instance { get; } = new();

    public override string Kind => "none";

    public override bool IsTrue => false;
}
