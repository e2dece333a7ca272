using System.Text;
using Microsoft.Extensions.AI;

namespace AiKernels.Hosting.Chat;

/// <summary>What is in a message, by kind. Texts of a kind are put together, so that nothing is spelt across the border of two.</summary>
internal sealed class MessageContents
{
    private readonly StringBuilder _text = new(), _reasoning = new();

    /// <exception cref="NotSupportedException">It has what a model of text can't read.</exception>
    public MessageContents(ChatMessage message, int number)
    {
        foreach (var content in message.Contents)
        {
            switch (content)
            {
                case TextContent text:
                    _text.Append(text.Text);
                    break;
                case TextReasoningContent reasoning:
                    _reasoning.Append(reasoning.Text);
                    break;
                case FunctionCallContent call:
                    Calls.Add(call);
                    break;
                case FunctionResultContent result:
                    Results.Add(result);
                    break;
                case UsageContent:
                    break; // Of an answer that was streamed; nothing to read.
                default:
                    throw new NotSupportedException(
                        $"message {number} has {Kind(content)}, and this model reads text, reasoning, tool calls and their results");
            }
        }
    }

    public string Text => _text.ToString();

    public string Reasoning => _reasoning.ToString();

    public List<FunctionCallContent> Calls { get; } = [];

    public List<FunctionResultContent> Results { get; } = [];

    private static string Kind(AIContent? content) => content switch
    {
        DataContent data => $"data of the type {data.MediaType}",
        UriContent uri => $"a link to data of the type {uri.MediaType}",
        null => "a content that is null",
        _ => $"a {content.GetType().Name}",
    };
}
