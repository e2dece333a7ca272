using System.Text;
using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Chat;

/// <summary>All parts of an answer, joined.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Reasoning">Its reasoning.</param>
/// <param name="Calls">The calls that end.</param>
internal sealed record Answer(string Text, string Reasoning, IReadOnlyList<AnswerCall> Calls)
{
    /// <summary>What a reader makes of tokens.</summary>
    public static Answer Read(
        ChatSyntax syntax, Tokenizer tokenizer, ReadOnlySpan<int> prompt, IEnumerable<int> tokens, IReadOnlyList<ToolDefinition>? tools = null, AnswerReaderOptions? options = null)
    {
        var reader = new AnswerReader(syntax, tokenizer, prompt, tools, options);
        return Of([.. tokens.SelectMany(reader.Append), .. reader.Finish()]);
    }

    /// <summary>What a reader makes of a text that comes byte by byte.</summary>
    public static Answer Read(string syntax, string text, IReadOnlyList<ToolDefinition>? tools = null, AnswerReaderOptions? options = null) => Read(
        ChatSyntax.Named(syntax), ChatVocabulary.Bytes, [], ChatVocabulary.Bytes.Encode(text), tools, options);

    /// <summary>Joins parts, and checks that they follow each other as they must.</summary>
    public static Answer Of(IReadOnlyList<AnswerPart> parts)
    {
        var (text, reasoning, arguments) = (new StringBuilder(), new StringBuilder(), new StringBuilder());
        List<AnswerCall> calls = [];
        ToolCallStart? open = null;
        var last = -1;
        foreach (var part in parts)
        {
            switch (part)
            {
                case TextPart said:
                    Assert.NotEqual("", said.Text);
                    text.Append(said.Text);
                    open = null; // If it was open, it was none.
                    break;
                case ReasoningPart thought:
                    Assert.NotEqual("", thought.Text);
                    Assert.Null(open);
                    reasoning.Append(thought.Text);
                    break;
                case ToolCallStart start:
                    Assert.Null(open);
                    Assert.Equal(last + 1, start.Index);
                    (open, last) = (start, start.Index);
                    arguments.Clear();
                    break;
                case ToolCallArguments piece:
                    Assert.NotEqual("", piece.Json);
                    Assert.Equal(open!.Index, piece.Index);
                    arguments.Append(piece.Json);
                    break;
                case ToolCallEnd end:
                    Assert.Equal(open!.Index, end.Index);
                    calls.Add(new AnswerCall(open.Name, arguments.ToString(), open.Id));
                    open = null;
                    break;
            }
        }

        return new Answer(text.ToString(), reasoning.ToString(), calls);
    }
}

/// <summary>A call that ended.</summary>
internal sealed record AnswerCall(string Name, string Arguments, string? Id = null);
