namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>How far an array or object has come: some small numbers, equal to others that are the same.</summary>
internal sealed class PlanState(params int[] numbers) : IEquatable<PlanState>
{
    public int this[int index] => numbers[index];

    /// <summary>The same but for some numbers.</summary>
    public PlanState With(params ReadOnlySpan<(int Index, int Number)> changes)
    {
        var changed = (int[])numbers.Clone();
        foreach (var (index, number) in changes)
        {
            changed[index] = number;
        }

        return new(changed);
    }

    public bool Equals(PlanState? other) => other is not null && numbers.AsSpan().SequenceEqual(other.Numbers);

    public override bool Equals(object? obj) => Equals(obj as PlanState);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var number in numbers)
        {
            hash.Add(number);
        }

        return hash.ToHashCode();
    }

    private int[] Numbers => numbers;
}
