using AiKernels.Hosting.Chat;
using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Engine;
using Microsoft.Extensions.AI;
using Xunit;

namespace AiKernels.Hosting.Tests.Chat;

/// <summary>What becomes of answers that somebody wrote by hand.</summary>
public class AnswerContentsTests(DemoModel demo) : IClassFixture<DemoModel>
{
    private const string Call = """<tool_call>{"name": "get", "arguments": {"city": "Köln", "days": 2}}</tool_call>""";

    [Fact]
    public void Reasoning_text_and_calls_come_apart()
    {
        var contents = Read($"<think>hm, hm</think>Let me see.{Call}{Call}", new ChatOptions(), out var hasCalls);
        Assert.True(hasCalls);
        Assert.Equal("hm, hm", string.Concat(contents.OfType<TextReasoningContent>().Select(content => content.Text)));
        Assert.Equal("Let me see.", Text(contents));
        var calls = contents.OfType<FunctionCallContent>().ToArray();
        Assert.Equal(2, calls.Select(call => call.CallId).Distinct().Count());
        Assert.All(calls, call =>
        {
            Assert.Matches("^[a-z0-9]{9}$", call.CallId);
            Assert.Equal(("get", "Köln", "2"), (call.Name, $"{call.Arguments!["city"]}", $"{call.Arguments!["days"]}"));
            Assert.Null(call.Exception);
        });
        Assert.Equal(calls.Select(call => call.CallId), Read($"{Call}{Call}", new ChatOptions(), out _).OfType<FunctionCallContent>().Select(call => call.CallId));
    }

    [Fact]
    public void Reasoning_that_is_not_wanted_is_left_out()
    {
        var contents = Read("<think>hm</think>a", new ChatOptions { Reasoning = new ReasoningOptions { Output = ReasoningOutput.None } }, out _);
        Assert.Equal("a", Text(contents));
        Assert.Empty(contents.OfType<TextReasoningContent>());
    }

    [Theory]
    [InlineData("one STOP two", "one ")]
    [InlineData("one STO", "one STO")]
    [InlineData("<think>a STOP b</think>c", "c")]
    [InlineData("one ST<tool_call>{\"name\": \"get\", \"arguments\": {}}</tool_call>", "one ST")]
    public void Text_is_cut_at_stop_sequences(string said, string text) =>
        Assert.Equal(text, Text(Read(said, new ChatOptions { StopSequences = ["STOP"] }, out _)));

    [Fact]
    public void A_call_that_is_cut_off_is_text()
    {
        var contents = Read(Call[..30], new ChatOptions(), out var hasCalls);
        Assert.False(hasCalls);
        Assert.Equal(Call[..30], Text(contents));
    }

    private static string Text(List<AIContent> contents) => string.Concat(contents.OfType<TextContent>().Select(content => content.Text));

    private List<AIContent> Read(string said, ChatOptions options, out bool hasCalls)
    {
        var tokenizer = demo.Model.Tokenizer;
        int[] prompt = tokenizer.Encode("a prompt");
        var request = RequestOptions.Of(demo.Client, "m", options, new ChatClientOptions());
        var contents = new AnswerContents(new AnswerReader(ChatSyntax.Named("hermes"), tokenizer, prompt), request, new CallNames(prompt));
        List<AIContent> all = [.. tokenizer.Encode(said).SelectMany(token => contents.Append(new GeneratedToken(token, ""))), .. contents.Finish()];
        hasCalls = contents.HasCalls;
        return all;
    }
}
