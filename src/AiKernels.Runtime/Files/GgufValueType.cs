namespace AiKernels.Runtime.Files;

/// <summary>The type of a metadata value, under the ids that GGUF files carry.</summary>
/// <remarks>Source: <c>gguf_metadata_value_type</c> in ggml's <c>docs/gguf.md</c>.</remarks>
public enum GgufValueType : uint
{
#pragma warning disable CS1591 // The name is the documentation.
    UInt8 = 0,
    Int8 = 1,
    UInt16 = 2,
    Int16 = 3,
    UInt32 = 4,
    Int32 = 5,
    Float32 = 6,
    Boolean = 7,
    String = 8,
    Array = 9,
    UInt64 = 10,
    Int64 = 11,
    Float64 = 12,
#pragma warning restore CS1591
}

internal static class GgufValueTypeExtensions
{
    /// <summary>The fewest bytes a value takes: a number, a string's length, an array's type and count.</summary>
    public static int MinimumBytes(this GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Boolean => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.Array => sizeof(uint) + sizeof(ulong),
        _ => 8,
    };

    public static bool IsFixedWidth(this GgufValueType type) =>
        type is not (GgufValueType.String or GgufValueType.Array);

    public static bool IsFloat(this GgufValueType type) => type is GgufValueType.Float32 or GgufValueType.Float64;

    public static bool IsInteger(this GgufValueType type) =>
        type.IsFixedWidth() && !type.IsFloat() && type != GgufValueType.Boolean;
}
