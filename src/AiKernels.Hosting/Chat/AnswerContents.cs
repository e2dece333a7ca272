using System.Text;
using System.Text.Json;
using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Engine;
using Microsoft.Extensions.AI;

namespace AiKernels.Hosting.Chat;

/// <summary>Makes contents of the tokens of an answer, as they come: text, reasoning, and tool calls once they are whole.</summary>
/// <remarks>
/// Where an answer is taken apart, stop strings are looked for in its text and in its reasoning, each piece between two others by
/// itself, and never in calls. The first one ends the answer.
/// </remarks>
/// <param name="reader">Takes answers apart; null where all is text, which the engine has cut at stop strings.</param>
/// <param name="request">What was asked for.</param>
/// <param name="names">Names calls to which the model gave no name.</param>
internal sealed class AnswerContents(AnswerReader? reader, RequestOptions request, CallNames names)
{
    private readonly StopStringFilter _stops = new(request.Generation.StopStrings);
    private readonly StringBuilder _arguments = new();
    private readonly HashSet<string> _names = [];
    private readonly List<AIContent> _contents = [];
    private ToolCallStart? _open;
    private bool _isReasoning;

    /// <summary>Whether a tool was called.</summary>
    public bool HasCalls { get; private set; }

    /// <summary>Whether a stop string has ended the answer.</summary>
    public bool IsStopped => _stops.Stopped;

    /// <summary>What became certain with a token.</summary>
    public IList<AIContent> Append(GeneratedToken token)
    {
        if (reader is null)
        {
            Add(token.Text);
        }
        else
        {
            Add(reader.Append(token.Id));
        }

        return Take();
    }

    /// <summary>What was held back, when no more tokens come.</summary>
    public IList<AIContent> Finish()
    {
        if (reader is not null)
        {
            Add(reader.Finish());
            Add(_stops.Flush());
        }

        return Take();
    }

    private void Add(IReadOnlyList<AnswerPart> parts)
    {
        foreach (var part in parts.TakeWhile(_ => !IsStopped))
        {
            switch (part)
            {
                case TextPart text:
                    Add(text.Text, isReasoning: false);
                    break;
                case ReasoningPart reasoning:
                    Add(reasoning.Text, isReasoning: true);
                    break;
                case ToolCallStart start:
                    _open = start;
                    _arguments.Clear();
                    break;
                case ToolCallArguments piece:
                    _arguments.Append(piece.Json);
                    break;
                case ToolCallEnd when _open is not null:
                    AddCall(_open);
                    break;
            }
        }
    }

    private void Add(string text, bool isReasoning)
    {
        if (isReasoning != _isReasoning)
        {
            Add(_stops.Flush()); // It is over: nothing more can become a stop string.
            _isReasoning = isReasoning;
        }

        Add(_stops.Append(text));
    }

    private void Add(string text)
    {
        if (text.Length > 0 && (!_isReasoning || request.GivesReasoning))
        {
            _contents.Add(_isReasoning ? new TextReasoningContent(text) : new TextContent(text));
        }
    }

    private void AddCall(ToolCallStart start)
    {
        Add(_stops.Flush());
        var name = !string.IsNullOrEmpty(start.Id) && _names.Add(start.Id) ? start.Id : names.Of(start.Index);
        _contents.Add(FunctionCallContent.CreateFromParsedArguments(WholeCharacters.Of(_arguments.ToString()), name, start.Name, Parse));
        (_open, HasCalls) = (null, true);
    }

    /// <summary>Of arguments with one name the last counts, as JSON is usually read.</summary>
    private static Dictionary<string, object?> Parse(string json)
    {
        using var document = JsonDocument.Parse(json.Length == 0 ? "{}" : json);
        var arguments = new Dictionary<string, object?>();
        foreach (var member in document.RootElement.EnumerateObject())
        {
            arguments[member.Name] = member.Value.Clone();
        }

        return arguments;
    }

    private List<AIContent> Take()
    {
        List<AIContent> taken = [.. _contents];
        _contents.Clear();
        return taken;
    }
}
