using System.Text.Json;
using System.Text.Json.Nodes;
using AiKernels.Runtime.Chat.Syntax;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Grammars.Characters;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Schemas;

namespace AiKernels.Runtime.Chat.Constraints;

/// <summary>Makes expressions of a tool's arguments.</summary>
internal sealed class ToolArguments
{
    // What a schema may say where its parameters stand one by one: nothing of several together.
    private static readonly HashSet<string> Understood =
    [
        "type", "properties", "required", "additionalProperties", "title", "description", "default", "examples", "strict", "deprecated",
        "$schema", "$id", "$defs", "definitions", "$comment", "$anchor",
    ];

    private readonly CallExpressions _calls;
    private readonly ExpressionStore _store;
    private readonly string _tool;
    private readonly SchemaDocument _document;
    private readonly SchemaValues _values;

    public ToolArguments(CallExpressions calls, ToolDefinition tool)
    {
        (_calls, _store, _tool) = (calls, calls.Store, tool.Name);
        var schema = (JsonObject?)tool.Parameters?.DeepClone() ?? [];
        if (schema["$ref"] is null)
        {
            schema.TryAdd("type", "object");
        }

        _document = SchemaDocument.Parse(schema.ToJsonString());
        _values = new SchemaValues(_store, _document, calls.Json, new JsonStringEncoding(_store, isPlain: true));
    }

    /// <summary>Whether there are arrays whose items must differ; known once the expressions are made.</summary>
    public bool HasUniqueItems => _values.HasUniqueItems;

    /// <summary>All of them as one object.</summary>
    /// <exception cref="GrammarException">The schema takes no object.</exception>
    public Expression Json()
    {
        var arguments = _values.Of([new(_document.Root, true), new(_document.Beside("""{"type":"object"}"""), true)]);
        _values.Finish();
        return arguments.IsProductive ? arguments.Expression : throw new GrammarException($"the schema of the tool {_tool} takes no object");
    }

    /// <summary>Each between its tags, in the order of the schema.</summary>
    /// <exception cref="GrammarException">The schema says more than can be kept to, or a parameter takes no value.</exception>
    public Expression Between(CallPiece.Parameters tags)
    {
        var root = ParameterSchemas.Target(_document, _document.Root);
        var unknown = root.Value.ValueKind == JsonValueKind.Object
            ? root.Value.EnumerateObject().Select(keyword => keyword.Name).FirstOrDefault(keyword => !Understood.Contains(keyword)) : null;
        if (unknown is not null || !SchemaTypes.Includes(root, "object"))
        {
            throw new GrammarException($"the schema of the tool {_tool} {(unknown is null ? "takes no object" : $"uses {unknown} for all parameters together, which isn't supported where each stands for itself")}");
        }

        HashSet<string> required = root["required"] is { ValueKind: JsonValueKind.Array } names ? [.. names.EnumerateArray().Select(name => name.GetString() ?? "")] : [];
        var listed = ParameterSchemas.Of(_document);
        var anything = _document.Beside("true");
        var all = listed.Concat(required.Except(listed.Select(parameter => parameter.Name)).Select(name => (Name: name, Node: anything))).ToArray();
        var values = all.Select(parameter => NonStrings(parameter.Node)).ToArray();
        _values.Finish();
        var parameters = all.Select((parameter, i) => Parameter(tags, parameter.Name, parameter.Node, values[i], required.Contains(parameter.Name)));
        return _store.Sequence([.. parameters, _calls.Space]);
    }

    private Expression Parameter(CallPiece.Parameters tags, string name, SchemaNode node, SchemaValue values, bool isRequired)
    {
        if (name.Contains(tags.NameEnd, StringComparison.Ordinal) || name.Trim() != name || name.Length is 0 or > Reading.Markup.LongestName)
        {
            throw new GrammarException($"the parameter {name} of the tool {_tool} can't stand between tags");
        }

        var value = _store.Choice(Strings(tags, node), _store.Json(values.Expression), Words(tags, node));
        var isNothing = value.IsNothing;
        var line = tags.HasLines ? _calls.Text("\n") : _store.Empty;
        var opened = tags.ValueOpen.Length > 0 ? _store.Sequence(_calls.Space, _calls.Marker(tags.ValueOpen)) : _store.Empty;
        var parameter = _store.Sequence(
            _calls.Space, _calls.Marker(tags.Open), _calls.Text(name), _calls.Marker(tags.NameEnd), opened, line, value, line, _calls.Marker(tags.Close));
        return isRequired
            ? isNothing ? throw new GrammarException($"the parameter {name} of the tool {_tool} takes no value") : parameter
            : _store.Optional(parameter);
    }

    private SchemaValue NonStrings(SchemaNode node) =>
        _values.Of([new(node, true), new(_document.Beside("""{"type":"string"}"""), false)]);

    /// <summary>The strings that a parameter may be, as they are; those that would be read as something else are left out.</summary>
    private Expression Strings(CallPiece.Parameters tags, SchemaNode node)
    {
        var kinds = ParameterSchemas.Kinds(_document, node);
        if ((kinds & JsonKinds.String) == 0)
        {
            return _store.Nothing;
        }

        var strings = new StringSchema(_store, _document, new Utf8Encoding(_store)).Of([new SchemaLiteral(node, true)]);
        var text = _store.Both(strings, _calls.Without([tags.Close]));
        return kinds == JsonKinds.String ? text : _store.Both(text, _store.Not(_store.Sequence(_calls.Space, _store.Bytes(JsonBeginnings), _store.Anything)));
    }

    private static ByteSet JsonBeginnings { get; } = "{[-0123456789tfnTFN"u8.ToArray()
        .Aggregate(default(ByteSet), (set, value) => set | ByteSet.Of(value));

    /// <summary>How Python writes what isn't a string, where templates show a model that.</summary>
    private Expression Words(CallPiece.Parameters tags, SchemaNode node)
    {
        var kinds = ParameterSchemas.Kinds(_document, node);
        var isOpen = tags.IsPythonic && node["enum"] is null && node["const"] is null && node["$ref"] is null;
        return !isOpen ? _store.Nothing : _store.Choice(
            (kinds & JsonKinds.Boolean) != 0 ? _store.Choice(_calls.Text("True"), _calls.Text("False")) : _store.Nothing,
            (kinds & JsonKinds.Null) != 0 ? _calls.Text("None") : _store.Nothing);
    }
}
