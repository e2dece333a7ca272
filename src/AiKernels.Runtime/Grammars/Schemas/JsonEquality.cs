using System.Globalization;
using System.Text.Json;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>When values of JSON are equal: numbers by what they are worth, objects whatever the order of their properties.</summary>
internal static class JsonEquality
{
    /// <summary>What equal values have in common, and others don't.</summary>
    public static string Key(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => DecimalText.Of(value) is { } number
            ? $"{(number.IsNegative ? "-" : "")}{number.Integer}.{number.Fraction}"
            : value.GetRawText(),
        JsonValueKind.String => Quote(value.GetString()!),
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Key))}]",
        JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject()
            .Select(property => $"{Quote(property.Name)}:{Key(property.Value)}").Order(StringComparer.Ordinal))}}}",
        _ => value.GetRawText(),
    };

    private static string Quote(string text) => string.Create(CultureInfo.InvariantCulture, $"\"{text.Length}:{text}");
}
