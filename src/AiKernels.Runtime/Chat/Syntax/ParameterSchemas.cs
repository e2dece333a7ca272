using System.Text.Json;
using AiKernels.Runtime.Grammars.Schemas;

namespace AiKernels.Runtime.Chat.Syntax;

/// <summary>
/// What a tool's schema says of single parameters, for families that write them one by one. It is said by the schema itself and
/// by those that it refers to or puts together (<c>$ref</c>, <c>allOf</c>): a parameter has to do what all of them say.
/// </summary>
internal sealed class ParameterSchemas
{
    private readonly SchemaDocument _document;
    private readonly SchemaKinds _kinds;
    private readonly List<(SchemaNode Part, Dictionary<string, SchemaNode> Listed)> _parts = [];

    /// <exception cref="Grammars.GrammarException">It refers to what isn't there.</exception>
    public ParameterSchemas(SchemaDocument document)
    {
        (_document, _kinds) = (document, new SchemaKinds(document));
        List<SchemaNode> parts = [document.Root];
        for (var i = 0; i < parts.Count; i++)
        {
            _parts.Add((parts[i], Listed(parts[i])));
            parts.AddRange(MadeOf(parts[i]).Except(parts));
        }

        Names = [.. _parts.SelectMany(part => part.Listed.Keys).Distinct()];
    }

    /// <summary>The schema and those that it is made of.</summary>
    public IEnumerable<SchemaNode> Parts => _parts.Select(part => part.Part);

    /// <summary>The parameters that are listed, in their order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether there may be others: if it is said, or if none are listed and it isn't denied.</summary>
    public bool IsOpen =>
        _parts.TrueForAll(part => Others(part.Part) is not { Always: false })
        && (Names.Count == 0 || _parts.Exists(part => Others(part.Part) is not null));

    /// <summary>What a parameter has to fulfil, whether or not it is listed.</summary>
    public IReadOnlyList<SchemaNode> Of(string name) =>
        [.. _parts.Select(part => part.Listed.GetValueOrDefault(name) ?? Others(part.Part)).OfType<SchemaNode>()];

    /// <summary>What parameters have to fulfil that aren't listed.</summary>
    public IReadOnlyList<SchemaNode> OfOthers => [.. _parts.Select(part => Others(part.Part)).OfType<SchemaNode>()];

    /// <summary>Of what kinds a parameter's values may be.</summary>
    public JsonKinds KindsOf(string name) => KindsOf(Of(name));

    /// <summary>Of what kinds values may be that fulfil some schemas.</summary>
    public JsonKinds KindsOf(IEnumerable<SchemaNode> schemas) => schemas.Aggregate(JsonKinds.Any, (kinds, schema) => kinds & _kinds.Of(schema));

    private SchemaNode? Others(SchemaNode part) => _document.Child(part, "additionalProperties");

    private Dictionary<string, SchemaNode> Listed(SchemaNode part)
    {
        Dictionary<string, SchemaNode> listed = [];
        foreach (var (name, schema) in _document.Map(part, "properties"))
        {
            listed[name] = schema; // Of two of a name the last one counts, as with readers of JSON.
        }

        return listed;
    }

    private IEnumerable<SchemaNode> MadeOf(SchemaNode part) =>
        part["$ref"] is { ValueKind: JsonValueKind.String } reference
            ? _document.List(part, "allOf").Prepend(_document.Resolve(part, reference.GetString()!))
            : _document.List(part, "allOf");
}
