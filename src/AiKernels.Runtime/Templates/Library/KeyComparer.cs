using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Keys of mappings: equal as values are (1 is 1.0 is true), never a list or a mapping, which could change.</summary>
internal sealed class KeyComparer(Rendering run) : IEqualityComparer<Value>
{
    public bool Equals(Value? x, Value? y) => Comparison.Equal(run, x!, y!);

    public int GetHashCode(Value key)
    {
        switch (key)
        {
            case StringValue text:
                if (!text.HasHash)
                {
                    run.Read(text.Text.Length);
                }

                return text.Hash;
            case TupleValue tuple:
                return HashOf(tuple);
            case UndefinedValue:
                return 0; // All are equal.
            case NoneValue or CallableValue or NamespaceValue:
                return System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(key);
            default:
                // Strangers choose keys, and .NET's own hashes of numbers are no secret.
                return Number.TryOf(key, out var number)
                    ? number.IsInteger ? HashCode.Combine(number.Integer) : HashOf(number.Float)
                    : throw new TemplateException($"{key.Kind} can't be the key of a mapping");
        }
    }

    private static int HashOf(double value) => value == Math.Floor(value) && Math.Abs(value) < Number.IntegerEnd
        ? HashCode.Combine((long)value)
        : HashCode.Combine(value);

    private int HashOf(TupleValue tuple)
    {
        run.Enter();
        var hash = default(HashCode);
        foreach (var item in tuple.Items)
        {
            run.Step();
            hash.Add(GetHashCode(item));
        }

        run.Leave();
        return hash.ToHashCode();
    }
}
