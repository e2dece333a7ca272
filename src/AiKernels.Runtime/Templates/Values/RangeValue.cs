namespace AiKernels.Runtime.Templates.Values;

/// <summary>Integers at equal distances: start, start + step, ... count of them.</summary>
internal sealed class RangeValue(long start, long step, int count) : SequenceValue
{
    public long Start { get; } = start;

    public long Step { get; } = step;

    /// <summary>The first integer that is not in it.</summary>
    public long Stop { get; init; } = start + (count * step);

    public override string Kind => "a range";

    public override int Count { get; } = count;

    public override Value this[int index] => IntegerValue.Of(Start + (index * Step));
}
