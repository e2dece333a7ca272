using System.Text.Json;

namespace AiKernels.Runtime.Chat.Syntax;

/// <summary>Kinds of JSON values.</summary>
[Flags]
internal enum JsonKinds
{
    None = 0,
    String = 1,
    Number = 2,
    Boolean = 4,
    Null = 8,
    Array = 16,
    Object = 32,
    Any = 63,
}

/// <summary>Of what kind values are.</summary>
internal static class JsonKindsOf
{
    public static JsonKinds Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => JsonKinds.String,
        JsonValueKind.Number => JsonKinds.Number,
        JsonValueKind.True or JsonValueKind.False => JsonKinds.Boolean,
        JsonValueKind.Null => JsonKinds.Null,
        JsonValueKind.Array => JsonKinds.Array,
        _ => JsonKinds.Object,
    };

    public static JsonKinds Type(string type) => type switch
    {
        "string" => JsonKinds.String,
        "number" or "integer" => JsonKinds.Number,
        "boolean" => JsonKinds.Boolean,
        "null" => JsonKinds.Null,
        "array" => JsonKinds.Array,
        _ => JsonKinds.Object,
    };
}
