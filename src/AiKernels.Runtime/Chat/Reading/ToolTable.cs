using AiKernels.Runtime.Chat.Syntax;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Grammars.Schemas;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>The tools that may be called, and of what kinds their parameters are.</summary>
/// <param name="tools">The tools; null where nobody says which.</param>
internal sealed class ToolTable(IReadOnlyList<ToolDefinition>? tools)
{
    private readonly Dictionary<string, ParameterSchemas?> _schemas = [];

    /// <summary>Whether there may be any.</summary>
    public bool MayHaveAny => tools is not { Count: 0 };

    /// <summary>Whether there may be one of a name.</summary>
    public bool MayHave(string name) => tools is null || Find(name) is not null;

    /// <summary>Of what kinds a parameter's values are, as far as is known: where a schema can't be read, values tell.</summary>
    public JsonKinds KindsOf(string tool, string parameter)
    {
        try
        {
            if (!_schemas.TryGetValue(tool, out var schemas))
            {
                _schemas[tool] = null;
                _schemas[tool] = schemas = Find(tool) is { Parameters: { } schema } ? new ParameterSchemas(SchemaDocument.Parse(schema.ToJsonString())) : null;
            }

            return schemas?.KindsOf(parameter) ?? JsonKinds.Any;
        }
        catch (GrammarException)
        {
            return JsonKinds.Any;
        }
    }

    private ToolDefinition? Find(string name) => tools?.FirstOrDefault(tool => tool.Name == name);
}
