namespace AiKernels.Runtime.Files;

/// <summary>One metadata value: its key, its type and where it lies; the value itself stays in the file.</summary>
/// <param name="Key">The key, such as <c>general.architecture</c>.</param>
/// <param name="Type">The type of the value.</param>
/// <param name="ElementType">For an array the type of its elements, otherwise null.</param>
/// <param name="Count">For an array the number of its elements, otherwise 1.</param>
/// <param name="Offset">The byte of the file at which the value, or an array's first element, starts.</param>
public sealed record GgufEntry(string Key, GgufValueType Type, GgufValueType? ElementType, long Count, long Offset)
{
    /// <summary>The type for people to read: <c>UInt32</c>, or <c>String[]</c> for an array of strings.</summary>
    public string TypeName => ElementType is { } element ? $"{element}[]" : $"{Type}";
}
