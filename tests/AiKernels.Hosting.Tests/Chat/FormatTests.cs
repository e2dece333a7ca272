using System.Text.Json;
using System.Text.RegularExpressions;
using AiKernels.Runtime.Tests.Grammars;
using Microsoft.Extensions.AI;
using Xunit;

namespace AiKernels.Hosting.Tests.Chat;

/// <summary>Answers that have to follow something.</summary>
public class FormatTests(DemoModel demo) : IClassFixture<DemoModel>
{
    private const string Person = """
        {
          "type": "object",
          "properties": {
            "name": { "type": "string", "maxLength": 12 },
            "age": { "type": "integer", "minimum": 0, "maximum": 120 },
            "is": { "enum": ["king", "fool"] }
          },
          "required": ["name", "age", "is"],
          "additionalProperties": false
        }
        """;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_answer_in_json_validates_against_its_schema(long seed)
    {
        var format = ChatResponseFormat.ForJsonSchema(JsonSerializer.Deserialize<JsonElement>(Person), "person");
        var options = new ChatOptions { ResponseFormat = format, Seed = seed, Temperature = 1, MaxOutputTokens = 400 };
        var answer = await demo.Client.GetResponseAsync("Who are you?", options, TestEnds);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.True(SchemaValidator.IsValid(Person, answer.Text), answer.Text);
        Assert.InRange(JsonSerializer.Deserialize<JsonElement>(answer.Text).GetProperty("age").GetInt32(), 0, 120);
    }

    [Fact]
    public async Task Any_json_and_text_are_formats_too()
    {
        var options = new ChatOptions { ResponseFormat = ChatResponseFormat.Json, MaxOutputTokens = 400, Temperature = 1, Seed = 5 };
        var answer = await demo.Client.GetResponseAsync("Answer in JSON.", options, TestEnds);
        Assert.True(answer.FinishReason == ChatFinishReason.Length || JsonDocument.Parse(answer.Text) is not null);

        options = new ChatOptions { MaxOutputTokens = 10 };
        var free = await demo.Client.GetResponseAsync("Answer.", options, TestEnds);
        options.ResponseFormat = ChatResponseFormat.Text;
        Assert.Equal(free.Text, (await demo.Client.GetResponseAsync("Answer.", options, TestEnds)).Text);
    }

    [Theory]
    [InlineData("regex", "[A-Z]{5}!")]
    [InlineData("grammar", "root ::= [A-Z] [A-Z] [A-Z] [A-Z] [A-Z] \"!\"")]
    public async Task Expressions_and_grammars_are_followed(string option, string source)
    {
        var options = new ChatOptions { AdditionalProperties = new() { [option] = source }, Temperature = 1 };
        var texts = await Task.WhenAll(Enumerable.Range(0, 40).Select(seed =>
            demo.Client.GetResponseAsync("Cry!", new ChatOptions { AdditionalProperties = options.AdditionalProperties, Seed = seed % 35 }, TestEnds)));
        Assert.All(texts, answer => Assert.Matches(new Regex("^[A-Z]{5}!$"), answer.Text));
    }
}
