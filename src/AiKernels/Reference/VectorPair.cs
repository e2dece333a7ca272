namespace AiKernels.Reference;

/// <summary>A position's key and value, [D] each.</summary>
internal readonly ref struct VectorPair(Span<float> key, Span<float> value)
{
    public readonly Span<float> Key = key;
    public readonly Span<float> Value = value;

    public void Deconstruct(out Span<float> key, out Span<float> value)
    {
        key = Key;
        value = Value;
    }
}
