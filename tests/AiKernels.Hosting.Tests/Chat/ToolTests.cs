using System.Text.Json;
using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Templates;
using AiKernels.Runtime.Tests.Grammars;
using AiKernels.Runtime.Tests.Models;
using Microsoft.Extensions.AI;
using Xunit;

namespace AiKernels.Hosting.Tests.Chat;

/// <summary>Tools are called as their schemas say, by a model that has never heard of them.</summary>
public sealed class ToolTests(DemoModel demo) : IClassFixture<DemoModel>, IDisposable
{
    private const string ForecastSchema = """
        {"type": "object", "properties": {"city": {"type": "string", "maxLength": 8}, "days": {"type": "integer", "minimum": 1, "maximum": 9}},
         "required": ["city", "days"], "additionalProperties": false}
        """;

    private const string NowSchema = """{"type": "object", "properties": {}, "additionalProperties": false}""";

    // A model that knows no markers would never end a reasoning that it happens to begin, nor white space.
    private static readonly ChatTemplate Thoughtless =
        ChatTemplate.Parse(ChatTemplate.BuiltIn("chatml").Source + "{% if add_generation_prompt %}<think></think>{% endif %}");

    private readonly AiKernelsChatClient _client = new(
        demo.Engine, new ChatClientOptions { Syntax = "hermes", CustomTemplate = Thoughtless, JsonWhitespace = JsonWhitespace.OneSpace });
    private readonly Tool _forecast = new("forecast", ForecastSchema, arguments => $"rain in {arguments["city"]} for {arguments["days"]} days");
    private readonly Tool _now = new("now", NowSchema, _ => "noon");

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_loop_that_calls_functions_gets_to_an_answer(long seed)
    {
        List<ChatMessage> messages = [new(ChatRole.User, "What will the weather be?")];
        var options = Options(ChatToolMode.RequireAny, seed);
        options.AllowMultipleToolCalls = false;
        var first = await _client.GetResponseAsync(messages, options, TestEnds);
        Assert.Equal(ChatFinishReason.ToolCalls, first.FinishReason);
        var calls = first.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ToArray();
        Assert.NotEmpty(calls);
        messages.AddMessages(first);

        var results = new List<AIContent>();
        foreach (var call in calls)
        {
            Tool tool = call.Name == _now.Name ? _now : _forecast;
            Assert.Equal(tool.Name, call.Name);
            Assert.True(SchemaValidator.IsValid(tool.JsonSchema.GetRawText(), JsonSerializer.Serialize(call.Arguments)), JsonSerializer.Serialize(call.Arguments));
            results.Add(new FunctionResultContent(call.CallId, await tool.InvokeAsync(new AIFunctionArguments(call.Arguments), TestEnds)));
        }

        messages.Add(new ChatMessage(ChatRole.Tool, results));
        options.ToolMode = ChatToolMode.None;
        options.MaxOutputTokens = 20;
        var last = await _client.GetResponseAsync(messages, options, TestEnds);
        Assert.NotEmpty(last.Text);
        Assert.Empty(last.Messages[0].Contents.OfType<FunctionCallContent>());
        var receipt = Assert.IsType<GenerationReceipt>(last.AdditionalProperties![AiKernelsChatClient.ReceiptKey]);
        var prompt = demo.Model.Tokenizer.Decode([.. receipt.Prompt]);
        Assert.All(results.Cast<FunctionResultContent>(), result => Assert.Contains((string)result.Result!, prompt, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("now")]
    [InlineData("forecast")]
    public async Task The_tool_that_must_be_called_is(string name)
    {
        var answer = await _client.GetResponseAsync("Well?", Options(ChatToolMode.RequireSpecific(name), 4), TestEnds);
        Assert.Equal(name, Assert.Single(answer.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>()).Name);
    }

    [Fact]
    public async Task Several_calls_come_only_where_they_are_allowed()
    {
        var options = Options(ChatToolMode.RequireAny, 0);
        options.AllowMultipleToolCalls = false;
        for (var seed = 0; seed < 6; seed++)
        {
            options.Seed = seed;
            var answer = await _client.GetResponseAsync("Well?", options, TestEnds);
            Assert.Single(answer.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>());
        }
    }

    [Fact]
    public async Task Streamed_or_not_the_calls_are_the_same()
    {
        var options = Options(ChatToolMode.RequireAny, 7);
        var streamed = (await _client.GetStreamingResponseAsync("Well?", options, TestEnds).ToListAsync(TestEnds)).ToChatResponse();
        var whole = await _client.GetResponseAsync("Well?", options, TestEnds);
        Assert.Equal(Written(whole), Written(streamed));
        Assert.Equal((whole.Text, whole.FinishReason), (streamed.Text, streamed.FinishReason));

        static IEnumerable<string> Written(ChatResponse answer) => answer.Messages.SelectMany(message => message.Contents)
            .OfType<FunctionCallContent>().Select(call => $"{call.CallId} {call.Name} {JsonSerializer.Serialize(call.Arguments)}");
    }

    [Fact]
    public async Task With_tools_that_may_be_called_text_still_follows_its_schema()
    {
        const string schema = """{"type": "object", "properties": {"a": {"type": "integer", "minimum": 0, "maximum": 9}}, "required": ["a"], "additionalProperties": false}""";
        var options = Options(ChatToolMode.Auto, 0);
        options.ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonSerializer.Deserialize<JsonElement>(schema));

        // Of its own accord this model begins with white space, and then with a call.
        var brace = Assert.Single(demo.Model.Tokenizer.Encode("{"));
        options.AdditionalProperties = new() { ["logit_bias"] = new Dictionary<int, float> { [brace] = 100 } };
        for (var seed = 0; seed < 6; seed++)
        {
            options.Seed = seed;
            var answer = await _client.GetResponseAsync("Well?", options, TestEnds);
            Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
            Assert.True(SchemaValidator.IsValid(schema, answer.Text), answer.Text);
        }
    }

    [Fact]
    public async Task A_model_with_a_template_for_tools_calls_them_as_that_says()
    {
        const string hermes = """
            {% for tool in tools %}<tool_call>{"name": .., "arguments": ..}</tool_call>{% endfor %}{% for m in messages %}{{ m.role }}: {{ m.content }}
            {% for call in m.tool_calls or [] %}<tool_call>{{ call.function | tojson }}</tool_call>{% endfor %}
            {% endfor %}{% if add_generation_prompt %}<think></think>{% endif %}
            """;
        using var file = new RandomModel("llama", GgmlType.Q8_0, Seed: 1)
        {
            Layers = 1,
            Describe = writer =>
            {
                writer.Add("tokenizer.chat_template", "{% for m in messages %}{{ m.content }}{% endfor %}");
                writer.Add("tokenizer.chat_template.tool_use", hermes);
            },
        }.Write();
        using var backend = new CpuBackend(1);
        using var model = LanguageModel.Load(file.Path, backend);
        using var engine = new InferenceEngine(model);
        using var client = new AiKernelsChatClient(engine);
        var call = new FunctionCallContent("1", "now", new Dictionary<string, object?> { ["deep"] = "a" });
        ChatMessage[] messages = [new(ChatRole.User, "Well?"), new(ChatRole.Assistant, [call]), new(ChatRole.Tool, [new FunctionResultContent("1", "noon")])];
        var answer = await client.GetResponseAsync(messages, Options(ChatToolMode.RequireSpecific("now"), 0), TestEnds);
        Assert.Equal("now", Assert.Single(answer.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>()).Name);
        var prompt = model.Tokenizer.Decode([.. ((GenerationReceipt)answer.AdditionalProperties![AiKernelsChatClient.ReceiptKey]!).Prompt]);
        Assert.Contains("""{"name": "now", "arguments": {"deep": "a"}}""", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_can_call_nothing_says_so()
    {
        var useless = await Assert.ThrowsAsync<ArgumentException>(() => demo.Client.GetResponseAsync("a", Options(ChatToolMode.Auto, 0), TestEnds));
        Assert.Contains("no way to call tools", useless.Message, StringComparison.Ordinal);
        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => demo.Client.GetResponseAsync("a", Options(ChatToolMode.RequireAny, 0), TestEnds));
        Assert.Contains("no way to call tools", refusal.Message, StringComparison.Ordinal);
        var options = Options(ChatToolMode.RequireSpecific("another"), 0);
        Assert.Contains("there are only forecast, now", (await Assert.ThrowsAsync<ArgumentException>(() => _client.GetResponseAsync("a", options, TestEnds))).Message, StringComparison.Ordinal);
        options.Tools = [_now, _now];
        Assert.Contains("two tools have the name now", (await Assert.ThrowsAsync<ArgumentException>(() => _client.GetResponseAsync("a", options, TestEnds))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _client.Dispose();

    private ChatOptions Options(ChatToolMode mode, long seed) =>
        new() { Tools = [_forecast, _now], ToolMode = mode, Seed = seed, Temperature = 1, MaxOutputTokens = 300 };

    private sealed class Tool(string name, string schema, Func<AIFunctionArguments, string> invoke) : AIFunction
    {
        public override string Name => name;

        public override JsonElement JsonSchema { get; } = JsonSerializer.Deserialize<JsonElement>(schema);

        protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) => new(invoke(arguments));
    }
}
