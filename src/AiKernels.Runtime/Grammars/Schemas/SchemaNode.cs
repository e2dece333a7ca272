using System.Text.Json;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>A schema within a document.</summary>
/// <param name="id">A number of its own.</param>
/// <param name="value">What the document says: an object, or true or false.</param>
/// <param name="path">Where it stands, as a JSON pointer, for messages.</param>
/// <param name="baseUri">What references in it are relative to.</param>
/// <param name="isOrdered">Whether its properties come in the order in which it lists them.</param>
internal sealed class SchemaNode(int id, JsonElement value, string path, Uri baseUri, bool isOrdered = true)
{
    public int Id => id;

    public JsonElement Value => value;

    public string Path => path;

    public Uri BaseUri => baseUri;

    public bool IsOrdered => isOrdered;

    /// <summary>Whether it takes every value, or none; null if it has keywords.</summary>
    public bool? Always => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>What a keyword says, if it is there.</summary>
    public JsonElement? this[string keyword] =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(keyword, out var said) ? said : null;

    /// <summary>A fault of the schema.</summary>
    public GrammarException Fault(string problem) => new($"the schema at {(path.Length == 0 ? "its root" : path)} {problem}");

    /// <summary>A count that a keyword says, if it is there.</summary>
    public int? Count(string keyword)
    {
        if (this[keyword] is not { } said)
        {
            return null;
        }

        var isCount = said.ValueKind == JsonValueKind.Number && said.TryGetDecimal(out var number)
            && number >= 0 && number == decimal.Truncate(number);
        return isCount ? (int)Math.Min(said.GetDecimal(), int.MaxValue) : throw Fault($"has a {keyword} that is no count");
    }
}
