using System.Text.Json;
using System.Text.Json.Nodes;
using AiKernels.Runtime.Grammars;

namespace AiKernels.Runtime.Chat.Constraints;

/// <summary>Writes down what a grammar for tool calls was made from, so that it can be made again.</summary>
internal static class ToolGrammarSource
{
    private const string Named = "named";

    /// <summary>All of it, as JSON.</summary>
    public static string Write(ChatSyntax syntax, IReadOnlyList<ToolDefinition> tools, ToolChoice choice, ToolGrammarOptions options)
    {
        var source = new JsonObject
        {
            ["syntax"] = syntax.Name,
            ["choice"] = choice.Kind,
            ["parallel"] = options.IsParallel,
            ["thinking"] = options.Thinking.ToString(),
            ["whitespace"] = options.Whitespace.ToString(),
            ["tools"] = new JsonArray([.. tools.Select(Tool)]),
        };
        if (choice.Name is { } name)
        {
            source["name"] = name;
        }

        if (options.Text is { } text)
        {
            source["text"] = Text(text);
        }

        return source.ToJsonString();
    }

    /// <summary>What was written.</summary>
    /// <exception cref="GrammarException">It can't be read.</exception>
    public static (ChatSyntax Syntax, IReadOnlyList<ToolDefinition> Tools, ToolChoice Choice, ToolGrammarOptions Options) Read(string source)
    {
        try
        {
            var read = JsonNode.Parse(source)!.AsObject();
            var tools = read["tools"]!.AsArray().Select(tool => new ToolDefinition(
                (string)tool!["name"]!, (string?)tool["description"], tool["parameters"]?.DeepClone().AsObject()));
            var choice = (string)read["choice"]! switch
            {
                Named => ToolChoice.Named((string)read["name"]!),
                var kind => Array.Find([ToolChoice.Auto, ToolChoice.Required, ToolChoice.None], one => one.Kind == kind)!,
            };
            ArgumentNullException.ThrowIfNull(choice);
            var options = new ToolGrammarOptions
            {
                IsParallel = (bool)read["parallel"]!,
                Thinking = Enum.Parse<ThinkingState>((string)read["thinking"]!),
                Whitespace = Enum.Parse<JsonWhitespace>((string)read["whitespace"]!),
                Text = read["text"] is JsonObject text ? Text(text) : null,
            };
            return (ChatSyntax.Named((string)read["syntax"]!), [.. tools], choice, options);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or ArgumentException or NullReferenceException)
        {
            throw new GrammarException($"these are no tools of a grammar: {fault.Message}");
        }
    }

    private static JsonObject Text(GrammarSource text)
    {
        var written = new JsonObject { ["kind"] = text.Kind.ToString(), ["source"] = text.Text };
        if (text.Options is { } options)
        {
            (written["whitespace"], written["plain_integers"]) = (options.Whitespace.ToString(), options.PlainIntegers);
            (written["open_objects"], written["dot_net_times"]) = (options.OpenObjects, options.DotNetTimes);
        }

        return written;
    }

    private static GrammarSource Text(JsonObject read) => new(Enum.Parse<GrammarKind>((string)read["kind"]!), (string)read["source"]!)
    {
        Options = read["whitespace"] is null ? null : new JsonSchemaOptions
        {
            Whitespace = Enum.Parse<JsonWhitespace>((string)read["whitespace"]!),
            PlainIntegers = (bool)read["plain_integers"]!,
            OpenObjects = (bool)read["open_objects"]!,
            DotNetTimes = (bool)read["dot_net_times"]!,
        },
    };

    private static JsonObject Tool(ToolDefinition tool)
    {
        var written = new JsonObject { ["name"] = tool.Name };
        if (tool.Description is { } description)
        {
            written["description"] = description;
        }

        if (tool.Parameters is { } parameters)
        {
            written["parameters"] = parameters.DeepClone();
        }

        return written;
    }
}
