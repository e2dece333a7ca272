using System.Text.Json;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Grammars;
using Microsoft.Extensions.AI;
using Xunit;

namespace AiKernels.Hosting.Tests.Chat;

/// <summary>What a client makes of answers that somebody wrote by hand, from the request to the receipt.</summary>
public class ScriptedAnswerTests(DemoModel demo) : IClassFixture<DemoModel>
{
    private const string Call = """<tool_call>{"name": "say", "arguments": {"x": "a END b"}}</tool_call>""";

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stop_sequence_within_a_call_does_not_end_it()
    {
        var answer = await Ask("hermes", Call, new ChatOptions { Tools = [Say], StopSequences = ["END"] });
        Assert.Equal("a END b", $"{Assert.Single(Calls(answer)).Arguments!["x"]}");
        Assert.Equal(("", ChatFinishReason.ToolCalls), (answer.Text, answer.FinishReason));
    }

    [Fact]
    public async Task A_stop_sequence_ends_an_answer_that_is_taken_apart()
    {
        var answer = await Ask("hermes", $"Let me see. END of it, and much more of it, which nobody reads. {Call}", new ChatOptions { Tools = [Say], StopSequences = ["END"] });
        Assert.Equal(("Let me see. ", ChatFinishReason.Stop), (answer.Text, answer.FinishReason));
        Assert.Empty(Calls(answer));
        var used = demo.Model.Tokenizer.Encode("Let me see. END").Length;
        Assert.InRange(answer.Usage!.OutputTokenCount!.Value, used - 1, used + 1);
        var receipt = Assert.IsType<GenerationReceipt>(answer.AdditionalProperties![AiKernelsChatClient.ReceiptKey]);
        Assert.Equal(answer.Usage.OutputTokenCount, receipt.GeneratedTokens);
        Assert.True(GenerationReceipt.Parse(receipt.ToJson()).IsSame(receipt));
        await demo.BecomesFree();
    }

    [Theory]
    [InlineData("\n\n", "Answer", "hm")]
    [InlineData("k", "Answer", "hm")]
    [InlineData("m</think>", "Answer", "hm")]
    [InlineData("m", "", "h")]
    [InlineData("sw", "An", "hm")]
    public async Task A_stop_sequence_is_none_in_markers(string stop, string text, string reasoning)
    {
        foreach (var tools in (AITool[][])[[], [Say]])
        {
            var answer = await Ask("hermes", "<think>hm</think>\n\nAnswer", new ChatOptions { Tools = tools, StopSequences = [stop] });
            Assert.Equal((text, reasoning), (answer.Text, string.Concat(answer.Messages[0].Contents.OfType<TextReasoningContent>().Select(part => part.Text))));
        }
    }

    [Fact]
    public async Task A_call_with_half_a_character_does_not_end_the_conversation()
    {
        using var client = new AiKernelsChatClient(demo.Engine, new ChatClientOptions { Syntax = "hermes" });
        var options = new ChatOptions { Tools = [Say] };
        List<ChatMessage> messages = [new(ChatRole.User, "Well?")];
        messages.AddMessages(await client.GetResponseAsync(messages, options.Saying(Call.Replace("a END b", @"\ud800"), demo.Model.Tokenizer), TestEnds));
        messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(messages[1].Contents.OfType<FunctionCallContent>().Single().CallId, "said")]));
        Assert.Equal("Well.", (await client.GetResponseAsync(messages, options.Saying("Well.", demo.Model.Tokenizer), TestEnds)).Text);
    }

    [Fact]
    public async Task The_receipt_of_a_stopped_answer_generates_its_tokens_again()
    {
        using var client = new AiKernelsChatClient(demo.Engine, new ChatClientOptions { Syntax = "hermes" });
        var options = new ChatOptions { Tools = [Say], MaxOutputTokens = 60 };
        var whole = (await client.GetResponseAsync("Well?", options, TestEnds)).Text;
        options.StopSequences = [whole.Substring(whole.Length / 2, 4)];
        var answer = await client.GetResponseAsync("Well?", options, TestEnds);
        Assert.Equal((whole[..whole.IndexOf(options.StopSequences[0], StringComparison.Ordinal)], ChatFinishReason.Stop), (answer.Text, answer.FinishReason));
        var receipt = Assert.IsType<GenerationReceipt>(answer.AdditionalProperties![AiKernelsChatClient.ReceiptKey]);
        var again = demo.Engine.Submit(receipt.Prompt.ToArray(), receipt.OptionsFor(demo.Model), TestEnds);
        await foreach (var _ in again)
        {
        }

        Assert.True(receipt.IsSame(again.Receipt));
    }

    [Theory]
    [InlineData("Well?")]
    [InlineData("What is <think> ?")]
    [InlineData("<think>")]
    public async Task What_a_user_spells_opens_no_reasoning(string text)
    {
        var answer = await Ask("hermes", "hm</think>a", new ChatOptions(), text);
        Assert.Empty(answer.Messages[0].Contents.OfType<TextReasoningContent>());
    }

    [Fact]
    public async Task What_the_template_begins_does()
    {
        using var client = new AiKernelsChatClient(demo.Engine, new ChatClientOptions
        {
            Syntax = "hermes",
            CustomTemplate = Runtime.Templates.ChatTemplate.Parse("{{ messages[0].content }}{% if add_generation_prompt %}:<think>\n{% else %}<eos>{% endif %}"),
        });
        var answer = await client.GetResponseAsync("</think> or <think>?", new ChatOptions().Saying("hm</think>a", demo.Model.Tokenizer), TestEnds);
        Assert.Equal("hm", Assert.Single(answer.Messages[0].Contents.OfType<TextReasoningContent>()).Text);
        Assert.Equal("a", answer.Text);
    }

    [Fact]
    public async Task Where_no_tool_may_be_called_there_are_no_calls()
    {
        (string Syntax, string Call)[] calls =
        [
            ("llama3", """{"name": "say", "parameters": {"x": "a"}}"""),
            ("hermes", """<tool_call>{"name": "say", "arguments": {"x": "a"}}</tool_call>"""),
            ("glm", "<tool_call>say\n<arg_key>x</arg_key>\n<arg_value>a</arg_value>\n</tool_call>"),
            ("harmony", "<|channel|>commentary to=functions.say<|message|>{\"x\": \"a\"}<|call|>"),
        ];
        foreach (var (syntax, call) in calls)
        {
            var named = new ChatOptions { Tools = [Say, Other], ToolMode = ChatToolMode.RequireSpecific("other") };
            Assert.Single(Calls(await Ask(syntax, call, new ChatOptions { Tools = [Say] })));
            foreach (var options in (ChatOptions[])[new(), new() { Tools = [Say], ToolMode = ChatToolMode.None }, named])
            {
                var answer = await Ask(syntax, call, options);
                Assert.Empty(Calls(answer));
                Assert.Contains("say", answer.Text, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("glm")]
    [InlineData("hermes")]
    [InlineData("harmony")]
    public async Task A_required_text_is_text_whatever_it_spells(string syntax)
    {
        const string text = """{"a": "<tool_call>{\"name\": \"say\", \"arguments\": {}}</tool_call> STOP <|end|>"}""";
        var said = syntax == "harmony" ? $"<|channel|>final<|message|>{text}" : text;
        var answer = await Ask(syntax, said, new ChatOptions { Tools = [Say], ResponseFormat = ChatResponseFormat.Json });
        Assert.Empty(Calls(answer));
        Assert.Equal(text, answer.Text);
    }

    [Fact]
    public async Task Calls_are_constrained_where_somebody_asks()
    {
        var json = ChatResponseFormat.Json;
        (ChatOptions Options, bool IsConstrained)[] requests =
        [
            (new() { Tools = [Say] }, false),
            (new() { Tools = [Odd("odd")] }, false),
            (new() { Tools = [Odd("odd", ("strict", false))], ToolMode = ChatToolMode.Auto }, false),
            (new() { Tools = [Say, Odd("odd")], ResponseFormat = json }, true), // The odd one takes any object.
            (new() { Tools = [Say], AllowMultipleToolCalls = false }, true),
            (new() { Tools = [new Tool("strict", Tool.Text, ("strict", true)), Odd("odd")] }, true),
            (new() { Tools = [Odd("odd")], ToolMode = ChatToolMode.None }, true),
            (new() { Tools = [Say, Odd("odd")], ToolMode = ChatToolMode.RequireSpecific("say") }, true),
        ];
        using var client = new AiKernelsChatClient(demo.Engine, new ChatClientOptions { Syntax = "hermes" });
        using var always = new AiKernelsChatClient(demo.Engine, new ChatClientOptions { Syntax = "hermes", ConstrainsToolCalls = true });
        foreach (var (options, isConstrained) in requests)
        {
            options.MaxOutputTokens = 2;
            var receipt = (GenerationReceipt)(await client.GetResponseAsync("Well?", options, TestEnds)).AdditionalProperties![AiKernelsChatClient.ReceiptKey]!;
            Assert.Equal(isConstrained, receipt.Grammar is { Kind: GrammarKind.Tools });
        }

        var constrained = await always.GetResponseAsync("Well?", new ChatOptions { Tools = [Say], MaxOutputTokens = 2 }, TestEnds);
        Assert.NotNull(((GenerationReceipt)constrained.AdditionalProperties![AiKernelsChatClient.ReceiptKey]!).Grammar);
        await Assert.ThrowsAsync<GrammarException>(() => always.GetResponseAsync("Well?", new ChatOptions { Tools = [Odd("odd")] }, TestEnds));
        await Assert.ThrowsAsync<GrammarException>(() => client.GetResponseAsync("Well?", new ChatOptions { Tools = [Odd("odd", ("strict", true))] }, TestEnds));
        await Assert.ThrowsAsync<GrammarException>(() => client.GetResponseAsync("Well?", new ChatOptions { Tools = [Odd("odd")], ToolMode = ChatToolMode.RequireAny }, TestEnds));
    }

    [Fact]
    public async Task A_grammar_of_the_request_itself_is_followed()
    {
        var grammar = Grammar.FromRegex("yes|no");
        ChatOptions options = new() { RawRepresentationFactory = _ => new GenerationOptions { Grammar = grammar } };
        foreach (var syntax in (string[])["plain", "hermes"])
        {
            using var client = new AiKernelsChatClient(demo.Engine, new ChatClientOptions { Syntax = syntax });
            Assert.Contains((await client.GetResponseAsync("Well?", options, TestEnds)).Text, (string[])["yes", "no"]);
        }
    }

    private static Tool Say => new("say", Tool.Text);

    private static Tool Other => new("other", Tool.Text);

    private static Tool Odd(string name, params (string Name, object? Value)[] properties) =>
        new(name, """{"type": "object", "properties": {"a": {"type": "string"}}, "unevaluatedProperties": false}""", properties);

    private static IEnumerable<FunctionCallContent> Calls(ChatResponse answer) => answer.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>();

    private async Task<ChatResponse> Ask(string syntax, string said, ChatOptions options, string text = "Well?")
    {
        using var client = new AiKernelsChatClient(demo.Engine, new ChatClientOptions { Syntax = syntax });
        return await client.GetResponseAsync(text, options.Saying(said, demo.Model.Tokenizer), TestEnds);
    }

    private sealed class Tool(string name, string schema, params (string Name, object? Value)[] properties) : AIFunctionDeclaration
    {
        public const string Text = """{"type": "object", "properties": {"x": {"type": "string", "maxLength": 9}}, "required": ["x"], "additionalProperties": false}""";

        public override string Name => name;

        public override JsonElement JsonSchema { get; } = JsonSerializer.Deserialize<JsonElement>(schema);

        public override IReadOnlyDictionary<string, object?> AdditionalProperties { get; } = properties.ToDictionary(property => property.Name, property => property.Value);
    }
}
