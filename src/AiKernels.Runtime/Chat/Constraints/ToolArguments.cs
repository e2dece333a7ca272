using System.Text.Json;
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
        "type", "properties", "required", "additionalProperties", "allOf", "title", "description", "default", "examples", "strict", "deprecated",
        "$schema", "$id", "$defs", "definitions", "$comment", "$anchor", "$ref",
    ];

    private readonly CallExpressions _calls;
    private readonly string _tool;
    private readonly SchemaDocument _document;
    private readonly SchemaValues _values;

    public ToolArguments(CallExpressions calls, ToolDefinition tool)
    {
        (_calls, _tool) = (calls, tool.Name);
        _document = SchemaDocument.Parse(tool.Parameters?.ToJsonString() ?? "{}");
        _values = new SchemaValues(calls.Store, _document, calls.Json, new JsonStringEncoding(calls.Store, isPlain: true), isGenerated: true);
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

    /// <summary>Each between its tags, in any order.</summary>
    /// <exception cref="GrammarException">The schema says more than can be kept to, or a parameter takes no value.</exception>
    public Expression Between(CallPiece.Parameters tags)
    {
        var schemas = new ParameterSchemas(_document);
        foreach (var part in schemas.Parts)
        {
            Check(part);
        }

        var required = schemas.Parts.SelectMany(Required).ToHashSet();
        var values = new TaggedValues(_calls, _document, _values, schemas, tags);
        string[] names = [.. schemas.Names.Union(required)];
        var found = Array.ConvertAll(names, name => values.Of(name));
        var others = schemas.IsOpen ? values.OfOthers() : null;
        _values.Finish();
        return _calls.Store.Sequence(new TaggedParameters(_calls, tags, Parameters().ToArray()).All, _calls.Space);

        IEnumerable<TaggedParameter> Parameters()
        {
            for (var i = 0; i < names.Length; i++)
            {
                var (name, value, isRequired) = (names[i], found[i](), required.Contains(names[i]));
                if (!value.IsNothing || isRequired)
                {
                    yield return new(values.Name(name) ?? throw Fault($"has the parameter {name}, which can't stand between tags"), isRequired
                        && value.IsNothing ? throw Fault($"has the parameter {name}, which takes no value") : value, isRequired);
                }
            }

            if (others?.Invoke() is { IsNothing: false } any)
            {
                yield return new(values.OtherName(names), any, IsRequired: false) { Repeats = true };
            }
        }
    }

    private void Check(SchemaNode part)
    {
        var unknown = part.Value.ValueKind == JsonValueKind.Object
            ? part.Value.EnumerateObject().Select(keyword => keyword.Name).FirstOrDefault(keyword => !Understood.Contains(keyword))
            : null;
        if (unknown is not null)
        {
            throw Fault($"uses {unknown} for all parameters together, which isn't supported where each stands for itself");
        }

        if (part.Always == false || !SchemaTypes.Includes(part, "object"))
        {
            throw Fault("takes no object");
        }
    }

    private IEnumerable<string> Required(SchemaNode part) => part["required"] switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String) =>
            list.EnumerateArray().Select(name => name.GetString()!),
        _ => throw Fault("has a required that is no list of names"),
    };

    private GrammarException Fault(string problem) => new($"the schema of the tool {_tool} {problem}");
}
