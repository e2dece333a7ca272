using System.Text.Encodings.Web;
using System.Text.Json;
using AiKernels.Runtime.Chat.Syntax;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>What a value between tags is as JSON: a text that is a string, or JSON, depending on what the parameter may be.</summary>
internal static class ParameterValue
{
    /// <summary>The JSON of a value.</summary>
    /// <param name="text">The value as it stands between the tags.</param>
    /// <param name="kinds">What the parameter may be.</param>
    /// <param name="isPythonic">Whether True, False and None are words for it.</param>
    public static string ToJson(string text, JsonKinds kinds, bool isPythonic)
    {
        var word = text.AsSpan().Trim(Markup.Spaces).ToString();
        word = !isPythonic ? word : word switch { "True" => "true", "False" => "false", "None" => "null", _ => word };
        if (KindOf(word) is { } kind)
        {
            // What could be a string and looks like one is one, quotes and all.
            var isMeant = (kinds & kind) != 0 || kinds == JsonKinds.None;
            if (kind == JsonKinds.String ? (kinds & JsonKinds.String) == 0 : isMeant || (kinds & JsonKinds.String) == 0)
            {
                return word;
            }
        }

        return $"\"{Escape(text)}\"";
    }

    /// <summary>A text between the quotes of JSON.</summary>
    public static string Escape(ReadOnlySpan<char> text) => JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text.ToString());

    private static JsonKinds? KindOf(string json)
    {
        var scanner = new JsonScanner();
        return json.Length > 0 && json.All(scanner.TryRead) && scanner.IsComplete ? JsonKindsOf.Value(JsonElement.Parse(json)) : null;
    }
}
