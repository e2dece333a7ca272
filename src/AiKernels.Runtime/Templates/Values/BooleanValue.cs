namespace AiKernels.Runtime.Templates.Values;

/// <summary><c>true</c> or <c>false</c>; in arithmetic 1 or 0.</summary>
internal sealed class BooleanValue : Value
{
    private BooleanValue(bool value) => IsTrue = value;

    public static BooleanValue True { get; } = new(true);

    public static BooleanValue False { get; } = new(false);

    public override string Kind => "a boolean";

    public override bool IsTrue { get; }

    public static BooleanValue Of(bool value) => value ? True : False;
}
