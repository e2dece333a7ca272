using AiKernels.Runtime.Chat.Syntax;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Grammars.Schemas;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>The tools that there are, and of what kinds their parameters are.</summary>
/// <param name="tools">The tools; null where nobody says which.</param>
internal sealed class ToolTable(IReadOnlyList<ToolDefinition>? tools)
{
    private readonly Dictionary<string, Dictionary<string, JsonKinds>> _kinds = [];

    /// <summary>Whether there may be a tool of a name.</summary>
    public bool MayHave(string name) => tools is null || Find(name) is not null;

    /// <summary>Of what kinds a parameter's values are, as far as is known.</summary>
    public JsonKinds KindsOf(string tool, string parameter)
    {
        if (!_kinds.TryGetValue(tool, out var kinds))
        {
            _kinds[tool] = kinds = Find(tool) is { Parameters: { } schema } ? Read(schema.ToJsonString()) : [];
        }

        return kinds.GetValueOrDefault(parameter, JsonKinds.Any);
    }

    private static Dictionary<string, JsonKinds> Read(string schema)
    {
        try
        {
            var document = SchemaDocument.Parse(schema);
            return ParameterSchemas.Of(document).ToDictionary(
                parameter => parameter.Name, parameter => ParameterSchemas.Kinds(document, parameter.Node));
        }
        catch (GrammarException)
        {
            return []; // Then values tell.
        }
    }

    private ToolDefinition? Find(string name) => tools?.FirstOrDefault(tool => tool.Name == name);
}
