namespace AiKernels.Runtime.Templates.Values;

/// <summary>A number in double precision.</summary>
internal sealed class FloatValue(double value) : Value
{
    public double Value { get; } = value;

    public override string Kind => "a float";

    public override bool IsTrue => Value != 0;
}
