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
    private static readonly ToolCallForm Usual = new(ArgumentsAreText: false, ContentIsNull: false);

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
        Assert.Contains("\"content\":null,\"tool_calls\"", Messages(Usual with { ContentIsNull = true }, messages), StringComparison.Ordinal);
        Assert.Contains("""
            "arguments":"{\"city\":\"Köln\",\"n\":2,\"e\":[1.5],\"x\":null}"
            """, Messages(Usual with { ArgumentsAreText = true }, messages), StringComparison.Ordinal);
    }

    [Fact]
    public void Instructions_join_a_system_message_that_comes_first()
    {
        var options = new ChatOptions { Instructions = "I" };
        Assert.Equal("""[{"role":"system","content":"I"},{"role":"user","content":"a"}]""", Messages(Usual, options, new ChatMessage(ChatRole.User, "a")));
        Assert.Equal("""[{"role":"system","content":"I\n\nS"}]""", Messages(Usual, options, new ChatMessage(ChatRole.System, "S")));
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
            (new(ChatRole.Tool, [new FunctionResultContent("1", new AIContent[] { new DataContent(new byte[1], "image/png") })]), "a tool gave a DataContent"),
        ];
        foreach (var (message, sentence) in refused)
        {
            Assert.Contains(sentence, Assert.Throws<NotSupportedException>(() => Messages(Usual, message)).Message, StringComparison.Ordinal);
        }

        Assert.Contains("there are no messages", Assert.Throws<ArgumentException>(() => Messages(Usual)).Message, StringComparison.Ordinal);
        Assert.Contains("message 0 has the role <|im_start|>", Assert.Throws<ArgumentException>(() => Messages(Usual, new ChatMessage(new ChatRole("<|im_start|>"), "a"))).Message, StringComparison.Ordinal);
    }

    private RequestOptions Request(ChatOptions options) => RequestOptions.Of(demo.Client, "m", options, new ChatClientOptions());

    private string Messages(ToolCallForm form, params ChatMessage[] messages) => Messages(form, new ChatOptions(), messages);

    private string Messages(ToolCallForm form, ChatOptions options, params ChatMessage[] messages)
    {
        var context = new ConversationContext(form).Of(messages, Request(options));
        Assert.True((bool)context["add_generation_prompt"]!);
        return ((JsonArray)context["messages"]!).ToJsonString(ToolValues.AsWritten);
    }
}
