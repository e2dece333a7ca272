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
    [InlineData("<think>a STOP b</think>c", "")]
    [InlineData("<think>a STO</think>P b STOP", "P b ")]
    [InlineData("a STOP<tool_call>{\"name\": \"get\", \"arguments\": {}}</tool_call>b", "a ")]
    [InlineData("one ST<tool_call>{\"name\": \"get\", \"arguments\": {}}</tool_call>", "one ST")]
    public void Text_is_cut_at_stop_sequences(string said, string text) =>
        Assert.Equal(text, Text(Read(said, new ChatOptions { StopSequences = ["STOP"] }, out _)));

    [Fact]
    public void What_was_held_back_comes_before_what_follows_it()
    {
        var options = new ChatOptions { StopSequences = ["STOP"] };
        Assert.Equal(["R:one ST", "T:two ST", "C:get", "T:OP"], Short(Read($"<think>one ST</think>two ST{Call}OP", options, out _)));
        Assert.Equal(["R:one ST", "C:get"], Short(Read($"<think>one ST</think>{Call}", options, out _)));
        Assert.Equal(
            ["T:one ST", "R:OP two ST", "T:\nOP"],
            Short(Read(
                "<|channel|>commentary<|message|>one ST<|end|><|start|>assistant<|channel|>analysis<|message|>OP two ST<|end|><|start|>assistant<|channel|>final<|message|>OP",
                options, out _, "harmony")));
    }

    [Fact]
    public void A_stop_sequence_within_a_call_is_none()
    {
        Assert.Equal(["C:get", "T:a "], Short(Read($"{Call}a Köln b", new ChatOptions { StopSequences = ["Köln"] }, out var hasCalls)));
        Assert.True(hasCalls);
    }

    [Fact]
    public void Of_arguments_with_one_name_the_last_counts()
    {
        const string twice = """<tool_call>{"name": "get", "arguments": {"city": "Bonn", "city": "Köln"}}</tool_call>""";
        var call = Assert.Single(Read(twice, new ChatOptions(), out _).OfType<FunctionCallContent>());
        Assert.Equal(("Köln", null), ($"{Assert.Single(call.Arguments!).Value}", call.Exception));
    }

    [Theory]
    [InlineData(@"\ud800", "\uFFFD")]
    [InlineData(@"\udf26\ud83cx", "\uFFFD\uFFFDx")]
    [InlineData(@"\ud83c\ud83c\udf26", "\uFFFD🌦")]
    [InlineData(@"\\ud800\n", @"\ud800" + "\n")]
    [InlineData(@"\\\uD800", @"\" + "\uFFFD")]
    public void Half_a_character_is_none(string written, string read)
    {
        var said = $$$"""<tool_call>{"name": "get", "arguments": {"{{{written}}}": "{{{written}}}"}}</tool_call>""";
        var call = Assert.Single(Read(said, new ChatOptions(), out _).OfType<FunctionCallContent>());
        Assert.Equal((read, read, null), (Assert.Single(call.Arguments!).Key, $"{call.Arguments!.Values.Single()}", call.Exception));
    }

    [Fact]
    public void Calls_that_the_model_names_alike_have_different_names()
    {
        const string call = "<|tool_call_begin|>functions.get:0<|tool_call_argument_begin|>{}<|tool_call_end|>";
        var names = Read($"<|tool_calls_section_begin|>{call}{call}<|tool_calls_section_end|>", new ChatOptions(), out _, "kimi-k2")
            .OfType<FunctionCallContent>().Select(content => content.CallId).ToArray();
        Assert.Equal(["functions.get:0", names[1]], names);
        Assert.Matches("^[a-z0-9]{9}$", names[1]);
    }

    [Fact]
    public void A_call_that_is_cut_off_is_text()
    {
        var contents = Read(Call[..30], new ChatOptions(), out var hasCalls);
        Assert.False(hasCalls);
        Assert.Equal(Call[..30], Text(contents));
    }

    private static string Text(List<AIContent> contents) => string.Concat(contents.OfType<TextContent>().Select(content => content.Text));

    /// <summary>Kinds and contents, pieces of a kind put together.</summary>
    private static string[] Short(List<AIContent> contents) =>
        [.. new ChatResponse(new ChatMessage(ChatRole.Assistant, contents)).ToChatResponseUpdates().ToChatResponse().Messages[0].Contents.Select(content => content switch
        {
            TextContent text => $"T:{text.Text}",
            TextReasoningContent reasoning => $"R:{reasoning.Text}",
            FunctionCallContent call => $"C:{call.Name}",
            _ => content.GetType().Name,
        })];

    private List<AIContent> Read(string said, ChatOptions options, out bool hasCalls, string syntax = "hermes")
    {
        var tokenizer = demo.Model.Tokenizer;
        int[] prompt = tokenizer.Encode("a prompt");
        var request = RequestOptions.Of(demo.Client, "m", options, new ChatClientOptions());
        var contents = new AnswerContents(new AnswerReader(ChatSyntax.Named(syntax), tokenizer, prompt), request, new CallNames(prompt));
        List<AIContent> all = [.. tokenizer.Encode(said).SelectMany(token => contents.Append(new GeneratedToken(token, ""))), .. contents.Finish()];
        hasCalls = contents.HasCalls;
        return all;
    }
}
