using System.Text.Json;
using System.Text.Json.Nodes;
using AiKernels.Hosting.Chat;
using AiKernels.Runtime.Templates;
using Microsoft.Extensions.AI;
using Xunit;

namespace AiKernels.Hosting.Tests.Chat;

/// <summary>Messages as templates take them.</summary>
public class MessageTests(DemoModel demo) : IClassFixture<DemoModel>
{
    private static readonly SystemMessageForm All = new(KnowsDeveloper: true, TakesSeveral: true);

    private static readonly TemplateForms Usual = new(new ToolCallForm(ArgumentsAreText: false, ContentIsNull: false), All, All);

    [Fact]
    public void Texts_of_a_message_are_one_text()
    {
        var message = new ChatMessage(ChatRole.User, [new TextContent("a"), new UsageContent(), new TextContent("<b")]) { AuthorName = "Ann" };
        Assert.Equal("""[{"role":"user","content":"a<b","name":"Ann"}]""", Messages(Usual, message));
    }

    [Fact]
    public void Calls_and_results_follow_each_other()
    {
        ChatMessage[] messages =
        [
            new(ChatRole.User, "weather?"),
            new(ChatRole.Assistant, [
                new TextReasoningContent("hm "), new TextReasoningContent("hm"),
                new FunctionCallContent("1", "get", new Dictionary<string, object?> { ["city"] = "Köln", ["n"] = 2, ["e"] = JsonSerializer.Deserialize<JsonElement>("[1.5]"), ["x"] = null }),
                new FunctionCallContent("2", "now")]),
            new(ChatRole.Tool, [new FunctionResultContent("1", "rain"), new FunctionResultContent("2", JsonSerializer.Deserialize<JsonElement>("""{"hour":7}"""))]),
        ];
        const string calls = """
            "tool_calls":[{"id":"1","type":"function","function":{"name":"get","arguments":{"city":"Köln","n":2,"e":[1.5],"x":null}}},{"id":"2","type":"function","function":{"name":"now","arguments":{}}}],"reasoning_content":"hm hm","thinking":"hm hm"
            """;
        const string results = """
            {"role":"tool","tool_call_id":"1","content":"rain","name":"get"},{"role":"tool","tool_call_id":"2","content":"{\"hour\":7}","name":"now"}
            """;
        Assert.Equal($$"""[{"role":"user","content":"weather?"},{"role":"assistant","content":"",{{calls}}},{{results}}]""", Messages(Usual, messages));
        Assert.Contains("\"content\":null,\"tool_calls\"", Messages(Usual with { Calls = new ToolCallForm(false, ContentIsNull: true) }, messages), StringComparison.Ordinal);
        Assert.Contains("""
            "arguments":"{\"city\":\"Köln\",\"n\":2,\"e\":[1.5],\"x\":null}"
            """, Messages(Usual with { Calls = new ToolCallForm(ArgumentsAreText: true, false) }, messages), StringComparison.Ordinal);
    }

    [Fact]
    public void Instructions_join_a_system_message_that_comes_first()
    {
        var options = new ChatOptions { Instructions = "I" };
        Assert.Equal("""[{"role":"system","content":"I"},{"role":"user","content":"a"}]""", Messages(Usual, options, new ChatMessage(ChatRole.User, "a")));
        Assert.Equal("""[{"role":"system","content":"I\n\nS"}]""", Messages(Usual, options, new ChatMessage(ChatRole.System, "S")));
    }

    [Theory]
    [InlineData(true, true, null, "system:A developer:B user:q assistant:r developer:C")]
    [InlineData(false, true, null, "system:A system:B user:q assistant:r system:C")]
    [InlineData(true, false, null, "system:A|B|C user:q assistant:r")]
    [InlineData(false, false, null, "system:A|B|C user:q assistant:r")]
    [InlineData(false, false, "I", "system:I|A|B|C user:q assistant:r")]
    public void No_system_message_vanishes(bool knowsDeveloper, bool takesSeveral, string? instructions, string expected)
    {
        ChatMessage[] messages =
        [
            new(ChatRole.System, "A"), new(new ChatRole("developer"), "B"), new(ChatRole.User, "q"), new(ChatRole.Assistant, "r"), new(new ChatRole("developer"), "C"),
        ];
        var form = new SystemMessageForm(knowsDeveloper, takesSeveral);
        Assert.Equal(expected, Short(Usual with { System = form }, new ChatOptions { Instructions = instructions }, messages));
        var options = new ChatOptions { Instructions = instructions, Tools = [AIFunctionFactory.Create(() => 1, "one")] };
        Assert.Equal(expected, Short(Usual with { SystemWithTools = form }, options, messages));
    }

    [Fact]
    public void Developers_alone_stay_developers()
    {
        var form = new SystemMessageForm(KnowsDeveloper: true, TakesSeveral: false);
        ChatMessage[] messages = [new(ChatRole.User, "q"), new(new ChatRole("developer"), "A"), new(new ChatRole("developer"), "B")];
        Assert.Equal("developer:A|B user:q", Short(Usual with { System = form }, new ChatOptions(), messages));
        Assert.Equal("developer:I|A|B user:q", Short(Usual with { System = form }, new ChatOptions { Instructions = "I" }, messages));
    }

    [Fact]
    public void Of_a_tool_that_failed_the_model_hears_only_that()
    {
        var result = new FunctionResultContent("1", null) { Exception = new InvalidOperationException("the password is x") };
        Assert.Contains("The tool has failed.", Messages(Usual, new ChatMessage(ChatRole.Tool, [result])), StringComparison.Ordinal);
        result.Result = "no rain";
        Assert.Contains("no rain", Messages(Usual, new ChatMessage(ChatRole.Tool, [result])), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_are_no_json_are_refused_by_name()
    {
        var itself = new List<object?>();
        itself.Add(itself);
        var deep = JsonElement.Parse(new string('[', 90) + new string(']', 90), new JsonDocumentOptions { MaxDepth = 100 });
        var (half, named) = (JsonElement.Parse(@"""\ud800"""), JsonElement.Parse(@"{""\ud800"": 1}"));
        foreach (var value in (object[])[double.NaN, float.PositiveInfinity, itself, deep, half, named, JsonNode.Parse(@"[""\ud800""]")!, JsonValue.Create(double.NaN), new JsonArray(JsonValue.Create(double.NaN))])
        {
            var call = new FunctionCallContent("1", "f", new Dictionary<string, object?> { ["x"] = value });
            Assert.StartsWith("the argument x of a call of f can't be written as JSON: ", Refusal(new ChatMessage(ChatRole.Assistant, [call])), StringComparison.Ordinal);
            Assert.StartsWith("the result of the call 1 can't be written as JSON: ", Refusal(new ChatMessage(ChatRole.Tool, [new FunctionResultContent("1", value)])), StringComparison.Ordinal);
        }

        static string Refusal(ChatMessage message) => Assert.Throws<ArgumentException>(() => new ConversationContext(Usual).Of([message], RequestOptions.Of(null!, "m", null, new ChatClientOptions()))).Message;
    }

    [Fact]
    public void Of_arguments_with_one_name_the_last_counts()
    {
        var twice = JsonSerializer.Deserialize<JsonElement>("""{"a": 1, "b": [{"c": 1, "c": 2}], "a": 3}""");
        var call = new FunctionCallContent("1", "f", new Dictionary<string, object?> { ["x"] = twice, ["y"] = JsonNode.Parse("""{"d": 1, "d": 2}""") });
        Assert.Contains("""
            "arguments":{"x":{"a":3,"b":[{"c":2}]},"y":{"d":2}}
            """, Messages(Usual, new ChatMessage(ChatRole.Assistant, [call])), StringComparison.Ordinal);
    }

    [Fact]
    public void Tools_are_declared_with_their_schemas()
    {
        var tool = AIFunctionFactory.Create((string city, int days = 1) => city + days, "forecast", "The weather to come.");
        var context = new ConversationContext(Usual).Of([new(ChatRole.User, "a")], Request(new ChatOptions { Tools = [tool] }));
        var function = context["tools"]![0]!["function"]!;
        Assert.Equal(("forecast", "The weather to come."), ((string?)function["name"], (string?)function["description"]));
        Assert.Equal("string", (string?)function["parameters"]!["properties"]!["city"]!["type"]);
        Assert.Equal("""["city"]""", function["parameters"]!["required"]!.ToJsonString());
    }

    [Fact]
    public void What_a_model_cannot_read_is_refused_in_a_sentence()
    {
        (ChatMessage Message, string Sentence)[] refused =
        [
            (new(ChatRole.User, [new TextContent("look"), new DataContent(new byte[3], "image/png")]), "message 0 has data of the type image/png, and this model reads text"),
            (new(ChatRole.User, [new UriContent("https://a.b/c.wav", "audio/wav")]), "message 0 has a link to data of the type audio/wav"),
            (new(ChatRole.User, [new HostedFileContent("f")]), "message 0 has a HostedFileContent"),
            (new(ChatRole.Tool, [new FunctionResultContent("1", new AIContent[] { new DataContent(new byte[1], "image/png") })]), "the result of the call 1 is a DataContent"),
            (new(ChatRole.Tool, [new FunctionResultContent("2", new DataContent(new byte[1], "image/png"))]), "the result of the call 2 is a DataContent"),
            (new(ChatRole.Tool, [new FunctionResultContent("3", new ErrorContent("e"))]), "the result of the call 3 is a ErrorContent"),
        ];
        foreach (var (message, sentence) in refused)
        {
            Assert.Contains(sentence, Assert.Throws<NotSupportedException>(() => Messages(Usual, message)).Message, StringComparison.Ordinal);
        }

        Assert.Contains("there are no messages", Assert.Throws<ArgumentException>(() => Messages(Usual)).Message, StringComparison.Ordinal);
        Assert.Contains("message 0 has the role <|im_start|>", Assert.Throws<ArgumentException>(() => Messages(Usual, new ChatMessage(new ChatRole("<|im_start|>"), "a"))).Message, StringComparison.Ordinal);
    }

    private RequestOptions Request(ChatOptions options) => RequestOptions.Of(demo.Client, "m", options, new ChatClientOptions());

    /// <summary>Roles and contents, system messages' parts with a stroke between.</summary>
    private string Short(TemplateForms forms, ChatOptions options, params ChatMessage[] messages) =>
        string.Join(' ', JsonNode.Parse(Messages(forms, options, messages))!.AsArray().Select(message => $"{message!["role"]}:{message["content"]}"))
            .Replace("\n\n", "|", StringComparison.Ordinal);

    private string Messages(TemplateForms forms, params ChatMessage[] messages) => Messages(forms, new ChatOptions(), messages);

    private string Messages(TemplateForms forms, ChatOptions options, params ChatMessage[] messages)
    {
        var context = new ConversationContext(forms).Of(messages, Request(options));
        Assert.True((bool)context["add_generation_prompt"]!);
        return ((JsonArray)context["messages"]!).ToJsonString(ToolValues.AsWritten);
    }
}
