using AiKernels.Runtime.Chat;
using Xunit;

namespace AiKernels.Runtime.Tests.Chat;

/// <summary>What answers cost that were made to cost much.</summary>
public sealed class HostileAnswerTests
{
    private static readonly ToolDefinition[] Tools =
    [
        new("f", null, """{"properties": {"a": {"type": "string"}, "b": {"type": "array"}}}"""),
    ];

    [Theory]
    [InlineData("glm", "<tool_call>f<arg_key>a</arg_key><arg_value>", "")]
    [InlineData("glm", "<tool_call>f<arg_key>a</arg_key><arg_value>", "</arg_value>x")]
    [InlineData("qwen3-coder", "<tool_call><function=f><parameter=a>", "")]
    [InlineData("qwen3-coder", "<tool_call><function=f><parameter=a>", "</parameter>x")]
    [InlineData("hermes", "<tool_call>{\"name\":\"f\",\"arguments\":{\"a\":", "")]
    [InlineData("mistral-args", "[TOOL_CALLS]f[ARGS]{", "")]
    public void What_is_given_out_is_a_small_multiple_of_what_was_said(string syntax, string piece, string last)
    {
        var said = string.Concat(Enumerable.Repeat(piece, 1500)) + last;
        var reader = new AnswerReader(ChatSyntax.Named(syntax), ChatVocabulary.Bytes, [], Tools);
        AnswerPart[] parts = [.. ChatVocabulary.Bytes.Encode(said).SelectMany(reader.Append), .. reader.Finish()];
        Assert.Equal(said, Answer.Of(parts).Text);
        var given = parts.Sum(part => part switch { TextPart text => text.Text.Length, ToolCallArguments json => json.Json.Length, _ => 0 });
        Assert.InRange(given, said.Length, 10 * said.Length);
    }

    [Theory]
    [InlineData("</arg_value>")]
    [InlineData("</arg_value>\\\"")]
    public void Tags_within_a_string_of_JSON_are_passed_over_once(string piece)
    {
        var value = $"[\"{string.Concat(Enumerable.Repeat(piece, 20_000))}\"]";
        var call = Assert.Single(Answer.Read("glm", $"<tool_call>f<arg_key>b</arg_key><arg_value>{value}</arg_value></tool_call>", Tools).Calls);
        Assert.Equal($"{{\"b\": {value}}}", call.Arguments);
    }
}
