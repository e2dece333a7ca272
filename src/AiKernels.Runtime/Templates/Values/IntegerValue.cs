namespace AiKernels.Runtime.Templates.Values;

/// <summary>An integer of 64 bits.</summary>
internal sealed class IntegerValue : Value
{
    private const int FirstKept = -16;
    private static readonly IntegerValue[] Kept = [.. Enumerable.Range(FirstKept, 512).Select(value => new IntegerValue(value))];

    private IntegerValue(long value) => Value = value;

    public long Value { get; }

    public override string Kind => "an integer";

    public override bool IsTrue => Value != 0;

    public static IntegerValue Of(long value) =>
        (ulong)(value - FirstKept) < (ulong)Kept.Length ? Kept[value - FirstKept] : new IntegerValue(value);

    /// <summary>An integer that may be out of range. Python's have no range.</summary>
    public static IntegerValue Of(Int128 value) => value >= long.MinValue && value <= long.MaxValue
        ? Of((long)value)
        : throw new TemplateException("an integer doesn't fit in 64 bits");
}
