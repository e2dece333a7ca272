using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AiKernels.Hosting.Chat;

/// <summary>Messages as chat templates take them.</summary>
/// <param name="forms">How the template wants them.</param>
internal sealed class ConversationContext(TemplateForms forms)
{
    private readonly JsonArray _messages = [];
    private readonly Dictionary<string, string> _toolNames = [];

    /// <summary>The variables of a template.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="request">Instructions, tools, and other variables.</param>
    /// <exception cref="ArgumentException">There are no messages, or one has a role that there isn't.</exception>
    /// <exception cref="NotSupportedException">A message has what this model can't read.</exception>
    public JsonObject Of(IEnumerable<ChatMessage> messages, RequestOptions request)
    {
        var number = 0;
        foreach (var message in messages)
        {
            Add(message ?? throw new ArgumentException($"message {number} is null"), number++);
        }

        var hasTools = request.Tools.Declared.Count > 0;
        SystemMessages.Rewrite(_messages, request.Instructions, hasTools ? forms.SystemWithTools : forms.System);
        if (_messages.Count == 0)
        {
            throw new ArgumentException("there are no messages to answer");
        }

        var context = new JsonObject { ["messages"] = _messages, ["add_generation_prompt"] = true };
        if (hasTools)
        {
            context["tools"] = request.Tools.Declared.DeepClone();
        }

        foreach (var (name, value) in request.Variables)
        {
            context[name] = value?.DeepClone();
        }

        return context;
    }

    private static JsonObject Message(string role, ChatMessage source, string content)
    {
        var message = new JsonObject { ["role"] = role, ["content"] = content };
        if (!string.IsNullOrEmpty(source.AuthorName))
        {
            message["name"] = source.AuthorName;
        }

        return message;
    }

    /// <summary>Roles are not marked as text that isn't trusted, so no other one gets through.</summary>
    private static string Role(ChatMessage message, int number) => message.Role.Value.ToLowerInvariant() switch
    {
        "system" => "system",
        "developer" => "developer",
        "user" => "user",
        "assistant" => "assistant",
        "tool" => "tool",
        var other => throw new ArgumentException(
            $"message {number} has the role {other}; there are system, developer, user, assistant and tool"),
    };

    private void Add(ChatMessage source, int number)
    {
        var role = Role(source, number);
        var contents = new MessageContents(source, number);
        if (role == "assistant")
        {
            AddAssistant(source, contents);
        }
        else if (contents.Text.Length > 0 || contents.Results.Count == 0)
        {
            _messages.Add((JsonNode)Message(role, source, contents.Text));
        }

        foreach (var result in contents.Results)
        {
            AddResult(result);
        }
    }

    private void AddAssistant(ChatMessage source, MessageContents contents)
    {
        var message = Message("assistant", source, contents.Text);
        if (contents.Calls.Count > 0)
        {
            message["content"] = contents.Text.Length == 0 && forms.Calls.ContentIsNull ? null : contents.Text;
            message["tool_calls"] = new JsonArray([.. contents.Calls.Select(Call)]);
        }
        else if (contents.Text.Length == 0 && contents.Reasoning.Length == 0 && contents.Results.Count > 0)
        {
            return; // Nothing but results, which have messages of their own.
        }

        if (contents.Reasoning.Length > 0)
        {
            message["reasoning_content"] = contents.Reasoning;
            message["thinking"] = contents.Reasoning; // As gpt-oss calls it.
        }

        _messages.Add((JsonNode)message);
    }

    private JsonNode Call(FunctionCallContent call)
    {
        _toolNames[call.CallId] = call.Name;
        var arguments = new JsonObject();
        foreach (var (name, value) in call.Arguments ?? new Dictionary<string, object?>())
        {
            arguments[name] = ToolValues.Json(value, $"the argument {name} of a call of {call.Name}");
        }

        return new JsonObject
        {
            ["id"] = call.CallId,
            ["type"] = "function",
            ["function"] = new JsonObject
            {
                ["name"] = call.Name,
                ["arguments"] = forms.Calls.ArgumentsAreText ? arguments.ToJsonString(ToolValues.AsWritten) : arguments,
            },
        };
    }

    private void AddResult(FunctionResultContent result)
    {
        var message = new JsonObject { ["role"] = "tool", ["tool_call_id"] = result.CallId, ["content"] = ToolValues.Text(result) };
        if (_toolNames.TryGetValue(result.CallId, out var name))
        {
            message["name"] = name;
        }

        _messages.Add((JsonNode)message);
    }
}
