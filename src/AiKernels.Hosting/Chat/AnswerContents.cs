using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Engine;
using Microsoft.Extensions.AI;

namespace AiKernels.Hosting.Chat;

/// <summary>Makes contents of the tokens of an answer, as they come: text, reasoning, and tool calls once they are whole.</summary>
/// <remarks>
/// The engine ends an answer at a stop string, but what it gives out then has no markers any more; so text and reasoning that
/// the reader takes apart are cut at stop strings once more.
/// </remarks>
/// <param name="reader">Takes answers apart; null where all is text.</param>
/// <param name="request">What was asked for.</param>
/// <param name="calls">Names calls to which the model gave no name.</param>
internal sealed class AnswerContents(AnswerReader? reader, RequestOptions request, CallNames calls)
{
    private readonly StopStringFilter _text = new(request.Generation.StopStrings), _reasoning = new(request.Generation.StopStrings);
    private readonly StringBuilder _arguments = new();
    private readonly List<AIContent> _contents = [];
    private ToolCallStart? _open;

    /// <summary>Whether a tool was called.</summary>
    public bool HasCalls { get; private set; }

    /// <summary>What became certain with a token.</summary>
    public IList<AIContent> Append(GeneratedToken token)
    {
        if (reader is null)
        {
            AddText(token.Text);
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
            AddReasoning(_reasoning.Stopped ? "" : _reasoning.Flush());
            AddText(_text.Stopped ? "" : _text.Flush());
        }

        return Take();
    }

    private void Add(IReadOnlyList<AnswerPart> parts)
    {
        foreach (var part in parts)
        {
            switch (part)
            {
                case TextPart text:
                    AddReasoning(_reasoning.Stopped ? "" : _reasoning.Flush()); // It is over: nothing more can become a stop string.
                    AddText(_text.Stopped ? "" : _text.Append(text.Text));
                    break;
                case ReasoningPart reasoning:
                    AddReasoning(_reasoning.Stopped ? "" : _reasoning.Append(reasoning.Text));
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

    private void AddText(string text)
    {
        if (text.Length > 0)
        {
            _contents.Add(new TextContent(text));
        }
    }

    private void AddReasoning(string text)
    {
        if (text.Length > 0 && request.GivesReasoning)
        {
            _contents.Add(new TextReasoningContent(text));
        }
    }

    private void AddCall(ToolCallStart start)
    {
        AddText(_text.Stopped ? "" : _text.Flush());
        _contents.Add(FunctionCallContent.CreateFromParsedArguments(
            _arguments.ToString(), string.IsNullOrEmpty(start.Id) ? calls.Of(start.Index) : start.Id, start.Name, Parse));
        (_open, HasCalls) = (null, true);
    }

    private static Dictionary<string, object?>? Parse(string json)
    {
        using var document = JsonDocument.Parse(json.Length == 0 ? "{}" : json);
        return document.RootElement.EnumerateObject().ToDictionary(member => member.Name, member => (object?)member.Value.Clone());
    }

    private List<AIContent> Take()
    {
        List<AIContent> taken = [.. _contents];
        _contents.Clear();
        return taken;
    }
}

/// <summary>Names for tool calls. They follow from the prompt, so that an answer that is generated again has the same.</summary>
/// <param name="prompt">The prompt's tokens.</param>
internal sealed class CallNames(int[] prompt)
{
    // Mistral's templates take nothing but nine letters and digits.
    private const int Length = 9;

    private const string Characters = "abcdefghijklmnopqrstuvwxyz0123456789";

    public string Of(int index)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(prompt.AsSpan()));
        hash.AppendData(Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture)));
        return string.Concat(hash.GetHashAndReset().Take(Length).Select(value => Characters[value % Characters.Length]));
    }
}
