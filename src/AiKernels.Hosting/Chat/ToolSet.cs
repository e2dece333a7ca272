using System.Text.Json;
using System.Text.Json.Nodes;
using AiKernels.Runtime.Chat;
using Microsoft.Extensions.AI;

namespace AiKernels.Hosting.Chat;

/// <summary>The tools of a request, and whether they may or must be called.</summary>
internal sealed class ToolSet
{
    // Where hosts and other clients of Microsoft.Extensions.AI say that a schema has to be followed.
    private const string StrictName = "strict";

    private ToolSet(IReadOnlyList<ToolDefinition> definitions, IReadOnlySet<string> strict, ToolChoice choice, bool allowsSeveral)
    {
        (Definitions, Strict, Choice, AllowsSeveral) = (definitions, strict, choice, allowsSeveral);
        Declared = new JsonArray([.. definitions.Select(Declaration)]);
    }

    /// <summary>The tools.</summary>
    public IReadOnlyList<ToolDefinition> Definitions { get; }

    /// <summary>The names of tools that say that their schemas have to be followed.</summary>
    public IReadOnlySet<string> Strict { get; }

    /// <summary>Whether one may or must be called.</summary>
    public ToolChoice Choice { get; }

    /// <summary>Whether several may be called at once.</summary>
    public bool AllowsSeveral { get; }

    /// <summary>The tools as chat templates take them.</summary>
    public JsonArray Declared { get; }

    /// <summary>Those that may be called.</summary>
    public IReadOnlyList<ToolDefinition> Callable =>
        Choice == ToolChoice.None ? [] : Choice.Name is { } name ? [Definitions.First(tool => tool.Name == name)] : Definitions;

    /// <summary>Whether one must be called.</summary>
    public bool MustBeCalled => Choice != ToolChoice.Auto && Choice != ToolChoice.None;

    /// <summary>Reads the tools of a request.</summary>
    /// <exception cref="ArgumentException">One can't be called here, two have one name, or what must be called isn't there.</exception>
    public static ToolSet Of(ChatOptions options)
    {
        var definitions = (options.Tools ?? []).Select(Definition).ToList();
        if (definitions.GroupBy(tool => tool.Name).FirstOrDefault(group => group.Count() > 1) is { Key: var twice })
        {
            throw new ArgumentException($"two tools have the name {twice}");
        }

        var strict = (options.Tools ?? []).Where(IsStrict).Select(tool => tool.Name).ToHashSet();
        return new ToolSet(definitions, strict, ChoiceOf(options.ToolMode, definitions), options.AllowMultipleToolCalls ?? true);
    }

    private static ToolDefinition Definition(AITool? tool, int number) => tool switch
    {
        AIFunctionDeclaration function => new ToolDefinition(function.Name, function.Description, Schema(function)),
        null => throw new ArgumentException($"tool {number} is null"),
        _ => throw new ArgumentException($"the tool {tool.Name} is a {tool.GetType().Name}, and this client knows functions only"),
    };

    private static JsonObject? Schema(AIFunctionDeclaration function)
    {
        try
        {
            return JsonNodes.Of(function.JsonSchema) as JsonObject;
        }
        catch (JsonException fault)
        {
            throw new ArgumentException($"the schema of the tool {function.Name} can't be read: {fault.Message}", fault);
        }
    }

    private static bool IsStrict(AITool tool) =>
        tool.AdditionalProperties.TryGetValue(StrictName, out var value) && new PropertyValue($"{StrictName} of the tool {tool.Name}", value).Boolean();

    private static ToolChoice ChoiceOf(ChatToolMode? mode, List<ToolDefinition> tools) => mode switch
    {
        null or AutoChatToolMode => ToolChoice.Auto,
        NoneChatToolMode => ToolChoice.None,
        RequiredChatToolMode when tools.Count == 0 => throw new ArgumentException("a tool must be called, but there are no tools"),
        RequiredChatToolMode { RequiredFunctionName: null } => ToolChoice.Required,
        RequiredChatToolMode { RequiredFunctionName: var name } => tools.Exists(tool => tool.Name == name)
            ? ToolChoice.Named(name)
            : throw new ArgumentException($"the tool {name} must be called, but there are only {string.Join(", ", tools.Select(tool => tool.Name))}"),
        _ => throw new ArgumentException($"the tool mode {mode.GetType().Name} is not known"),
    };

    private static JsonNode Declaration(ToolDefinition tool) => new JsonObject
    {
        ["type"] = "function",
        ["function"] = new JsonObject
        {
            ["name"] = tool.Name,
            ["description"] = tool.Description ?? "",
            ["parameters"] = tool.Parameters?.DeepClone() ?? new JsonObject { ["type"] = "object", ["properties"] = new JsonObject() },
        },
    };
}
