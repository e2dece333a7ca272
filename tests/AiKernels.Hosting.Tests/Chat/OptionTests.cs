using System.Text.Json;
using System.Text.Json.Nodes;
using AiKernels.Hosting.Chat;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Sampling;
using Microsoft.Extensions.AI;
using Xunit;

namespace AiKernels.Hosting.Tests.Chat;

/// <summary>Options are honoured or refused, never ignored.</summary>
public class OptionTests(DemoModel demo) : IClassFixture<DemoModel>
{
    public static TheoryData<string, object, Func<GenerationOptions, object?>, object?> Additional => new()
    {
        { "temperature", 0.25, options => options.Sampling.Temperature, 0.25f },
        { "dynamic_temperature_range", 0.5f, options => options.Sampling.DynamicTemperatureRange, 0.5f },
        { "dynamic_temperature_exponent", 2, options => options.Sampling.DynamicTemperatureExponent, 2f },
        { "top_k", 7L, options => options.Sampling.TopK, 7 },
        { "top_p", 0.5m, options => options.Sampling.TopP, 0.5f },
        { "min_p", Element("0.125"), options => options.Sampling.MinP, 0.125f },
        { "typical_p", 0.5, options => options.Sampling.TypicalP, 0.5f },
        { "top_n_sigma", 1, options => options.Sampling.TopNSigma, 1f },
        { "xtc_probability", 0.5, options => options.Sampling.XtcProbability, 0.5f },
        { "xtc_threshold", 0.25, options => options.Sampling.XtcThreshold, 0.25f },
        { "dry_multiplier", 0.75, options => options.Sampling.DryMultiplier, 0.75f },
        { "dry_base", 2, options => options.Sampling.DryBase, 2f },
        { "dry_allowed_length", 3.0, options => options.Sampling.DryAllowedLength, 3 },
        { "dry_window", 64, options => options.Sampling.DryWindow, 64 },
        { "dry_breakers", Element("""["a", "b"]"""), options => string.Join('|', options.Sampling.DryBreakers), "a|b" },
        { "repetition_penalty", 1.25, options => options.Sampling.RepetitionPenalty, 1.25f },
        { "frequency_penalty", 0.5, options => options.Sampling.FrequencyPenalty, 0.5f },
        { "presence_penalty", 0.5, options => options.Sampling.PresencePenalty, 0.5f },
        { "repetition_window", 32, options => options.Sampling.RepetitionWindow, 32 },
        { "logit_bias", Element("""{"5": -1.5}"""), options => options.Sampling.LogitBias[5], -1.5f },
        { "mirostat_tau", 5, options => options.Sampling.MirostatTau, 5f },
        { "mirostat_eta", 0.5, options => options.Sampling.MirostatEta, 0.5f },
        { "order", Element("""["top_k", "Temperature"]"""), options => string.Join('|', options.Sampling.Order), "TopK|Temperature" },
        { "seed", ulong.MaxValue, options => options.Sampling.Seed, ulong.MaxValue },
        { "max_tokens", 9, options => options.MaxTokens, 9 },
        { "stop_strings", new List<string> { "x" }, options => string.Join('|', options.StopStrings), "x" },
        { "ignore_end", Element("true"), options => options.IgnoreEnd, true },
        { "log_probabilities", 3, options => options.LogProbabilities, 3 },
        { "tenant", Element("\"t\""), options => options.Tenant, "t" },
        { "priority", -2, options => options.Priority, -2 },
        { "time_limit", 1.5, options => options.TimeLimit, TimeSpan.FromSeconds(1.5) },
    };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Additional), DisableDiscoveryEnumeration = true)]
    public void An_additional_property_sets_its_option(string name, object value, Func<GenerationOptions, object?> read, object? expected)
    {
        Assert.NotEqual(expected, read(new GenerationOptions { Sampling = new SamplingOptions { LogitBias = new Dictionary<int, float> { [5] = 0 } } }));
        Assert.Equal(expected, read(Read(name, value).Generation));
    }

    [Fact]
    public void Numbers_of_json_that_a_host_made_are_numbers()
    {
        Assert.Equal(0.25f, Read("min_p", JsonValue.Create(0.25f)).Generation.Sampling.MinP);
        Assert.Equal(0.25f, Read("min_p", JsonValue.Create(0.25m)).Generation.Sampling.MinP);
        Assert.Equal(7, Read("top_k", JsonValue.Create((short)7)).Generation.Sampling.TopK);
        Assert.Equal(-2f, Read("logit_bias", new JsonObject { ["5"] = -2 }).Generation.Sampling.LogitBias[5]);
    }

    [Fact]
    public void Every_option_of_the_engine_has_a_name_and_every_name_a_test()
    {
        string[] otherwise = [nameof(GenerationOptions.Sampling), nameof(GenerationOptions.ParseSpecial)]; // Its parts; prompts come from the template.
        var members = typeof(SamplingOptions).GetProperties().Concat(typeof(GenerationOptions).GetProperties())
            .Where(member => member.CanWrite && !member.GetMethod!.IsStatic && !otherwise.Contains(member.Name))
            .Select(member => JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Name));
        string[] ofRequests = ["regex", "enable_thinking", "reasoning_effort", "template"];
        Assert.Equal(members.Concat(ofRequests).Order(), AdditionalOptions.Names.Order());
        string[] elsewhere = ["grammar", .. ofRequests];
        Assert.Equal(AdditionalOptions.Names.Except(elsewhere).Order(), Additional.Select(row => row.Data.Item1).Order());
    }

    [Fact]
    public void Variables_reach_the_template()
    {
        var request = Read("template", new Dictionary<string, object?> { ["date"] = "today", ["deep"] = new List<object> { 1, true, 0.5 } });
        Assert.Equal("""{"date":"today","deep":[1,true,0.5]}""", request.Variables.ToJsonString());
        Assert.Equal("""{"enable_thinking":false}""", Read("enable_thinking", false).Variables.ToJsonString());
        Assert.Equal("""{"reasoning_effort":"low"}""", Read("reasoning_effort", "low").Variables.ToJsonString());
        var reasoning = Of(new ChatOptions { Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Medium, Output = ReasoningOutput.None } });
        Assert.Equal("""{"enable_thinking":true,"reasoning_effort":"medium"}""", reasoning.Variables.ToJsonString());
        Assert.False(reasoning.GivesReasoning);
        Assert.Contains("messages", Refusal("template", new JsonObject { ["messages"] = "" }), StringComparison.Ordinal);
    }

    [Fact]
    public void Members_win_over_the_clients_options_and_properties_over_members()
    {
        var own = new ChatClientOptions { Sampling = new SamplingOptions { Temperature = 0.5f, TopK = 3 }, MaxOutputTokens = 5 };
        var request = RequestOptions.Of(demo.Client, "m", new ChatOptions { Temperature = 0.75f, AdditionalProperties = new() { ["top_k"] = 4 }, TopK = 9 }, own);
        Assert.Equal((0.75f, 4, 5), (request.Generation.Sampling.Temperature, request.Generation.Sampling.TopK, request.Generation.MaxTokens));
        var raw = RequestOptions.Of(demo.Client, "m", new ChatOptions { RawRepresentationFactory = _ => new GenerationOptions { Tenant = "raw" }, MaxOutputTokens = 6 }, own);
        Assert.Equal(("raw", 6), (raw.Generation.Tenant, raw.Generation.MaxTokens));
    }

    [Theory]
    [InlineData("min_q", 1, "there is no option min_q")]
    [InlineData("top_k", 1.5, "the option top_k must be a whole number")]
    [InlineData("top_k", "1", "the option top_k must be a whole number")]
    [InlineData("top_k", long.MaxValue, "the option top_k must be a whole number")]
    [InlineData("min_p", true, "the option min_p must be a number")]
    [InlineData("min_p", 2, "MinP must be 0 to 1")]
    [InlineData("temperature", double.NaN, "Temperature must be 0 or positive")]
    [InlineData("time_limit", double.NaN, "the option time_limit must be a number of seconds")]
    [InlineData("tenant", 1, "the option tenant must be a text")]
    [InlineData("ignore_end", "yes", "the option ignore_end must be true or false")]
    [InlineData("logit_bias", 1, "the option logit_bias must be an object")]
    [InlineData("dry_breakers", 1, "the option dry_breakers must be texts")]
    [InlineData("order", "nonsense", "the option order must be a list of sampler stages")]
    [InlineData("order", "3", "the option order must be a list of sampler stages")]
    [InlineData("template", 1, "the option template must be an object")]
    [InlineData("parse_special", true, "there is no option parse_special")]
    public void What_cannot_be_is_refused_in_a_sentence(string name, object value, string sentence) =>
        Assert.Contains(sentence, Refusal(name, value), StringComparison.Ordinal);

    [Fact]
    public async Task Members_that_cannot_be_honoured_are_refused()
    {
        (ChatOptions Options, string Sentence)[] refused =
        [
            (new() { ModelId = "another" }, $"this client's model is {demo.Model.Name}, and the request asks for another"),
            (new() { ConversationId = "1" }, "keeps no conversations"),
            (new() { Temperature = -1 }, "Temperature must be 0 or positive"),
            (new() { TopP = 0 }, "TopP must be above 0 and at most 1"),
            (new() { TopK = -1 }, "TopK must be 0 or positive"),
            (new() { MaxOutputTokens = -1 }, "MaxOutputTokens"),
            (new() { StopSequences = [new string('a', 2000)] }, "StopStrings"),
            (new() { ResponseFormat = ChatResponseFormat.ForJsonSchema(default(JsonElement)) }, "the schema of the ResponseFormat was never set"),
            (new() { Tools = [new HostedWebSearchTool()] }, "knows functions only"),
            (new() { ToolMode = ChatToolMode.RequireAny }, "there are no tools"),
            (new() { ResponseFormat = ChatResponseFormat.Json, AdditionalProperties = new() { ["regex"] = "a" } }, "ResponseFormat and regex both say"),
            (new() { AdditionalProperties = new() { ["grammar"] = "a", ["regex"] = "a" } }, "grammar and regex both say"),
            (new() { RawRepresentationFactory = _ => "raw" }, "the RawRepresentationFactory gave a String, and this client takes GenerationOptions"),
            (new() { RawRepresentationFactory = Yes, ResponseFormat = ChatResponseFormat.Json }, "the grammar of the RawRepresentationFactory and ResponseFormat both say"),
            (new() { RawRepresentationFactory = Yes, Tools = [AIFunctionFactory.Create(() => 1, "f")], ToolMode = ChatToolMode.RequireAny }, "the grammar of the RawRepresentationFactory and ToolMode both say"),
            (new() { Tools = [null!] }, "tool 0 is null"),
            (new() { Tools = [new Declared(new string('[', 90) + new string(']', 90))] }, "the schema of the tool declared can't be read: there are more than 64 levels"),
            (new() { Tools = [new Declared("{}") { Strict = "yes" }] }, "the option strict of the tool declared must be true or false"),
        ];
        foreach (var (options, sentence) in refused)
        {
            var refusal = await Assert.ThrowsAnyAsync<ArgumentException>(() => demo.Client.GetResponseAsync("a", options, TestEnds));
            Assert.Contains(sentence, refusal.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<GrammarException>(() => demo.Client.GetResponseAsync("a", new ChatOptions { AdditionalProperties = new() { ["grammar"] = "nonsense" } }, TestEnds));
        await Assert.ThrowsAsync<ContextFullException>(() => demo.Client.GetResponseAsync(new string('a', 5000), null, TestEnds));
        Assert.Equal(demo.Model.Name, (await demo.Client.GetResponseAsync("a", new ChatOptions { ModelId = demo.Model.Name, MaxOutputTokens = 1 }, TestEnds)).ModelId);
    }

    [Fact]
    public void Stop_sequences_are_checked_though_the_engine_is_not_told_of_them()
    {
        foreach (var stop in (string[])[null!, new string('a', 2000)])
        {
            Assert.Contains("StopStrings", Assert.ThrowsAny<ArgumentException>(() => Of(new ChatOptions { StopSequences = [stop] })).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_client_is_made_of_what_there_is()
    {
        Assert.Throws<ArgumentException>(() => new AiKernelsChatClient(demo.Engine, new ChatClientOptions { Template = "none" }));
        Assert.Throws<ArgumentException>(() => new AiKernelsChatClient(demo.Engine, new ChatClientOptions { Syntax = "none" }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AiKernelsChatClient(demo.Engine, new ChatClientOptions { MaxOutputTokens = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AiKernelsChatClient(demo.Engine, new ChatClientOptions { Sampling = new SamplingOptions { TopP = 2 } }));
        Assert.Throws<ArgumentNullException>(() => new AiKernelsChatClient(null!));
    }

    [Fact]
    public void Tools_may_have_no_schema_or_one_that_says_things_twice()
    {
        var twice = new Declared("""{"type": "object", "properties": {"a": {"type": "string"}, "a": {"type": "integer"}}}""");
        Assert.Equal("""{"a":{"type":"integer"}}""", Of(new ChatOptions { Tools = [twice] }).Tools.Definitions[0].Parameters!["properties"]!.ToJsonString());
        Assert.Null(Of(new ChatOptions { Tools = [new Declared(null)] }).Tools.Definitions[0].Parameters);
    }

    [Fact]
    public void Variables_have_a_depth_and_numbers_an_end()
    {
        var itself = new List<object?>();
        itself.Add(itself);
        Assert.Contains("the option template.x must be JSON of at most 64 levels", Refusal("template", new Dictionary<string, object?> { ["x"] = itself }), StringComparison.Ordinal);
        Assert.Contains("the option template.x must be JSON", Refusal("template", new Dictionary<string, object?> { ["x"] = double.NaN }), StringComparison.Ordinal);
    }

    private static GenerationOptions Yes(IChatClient client) => new() { Grammar = Grammar.FromRegex("yes") };

    private static JsonElement Element(string json) => JsonSerializer.Deserialize<JsonElement>(json);

    private RequestOptions Of(ChatOptions options) => RequestOptions.Of(demo.Client, "m", options, new ChatClientOptions());

    private RequestOptions Read(string name, object? value) => Of(new ChatOptions { AdditionalProperties = new() { [name] = value } });

    private string Refusal(string name, object value)
    {
        var message = Assert.ThrowsAny<ArgumentException>(() => Read(name, value)).Message;
        Assert.DoesNotContain('\n', message.Split(" (Parameter")[0]);
        return message;
    }

    private sealed class Declared(string? schema) : AIFunctionDeclaration
    {
        public object? Strict { get; init; }

        public override string Name => "declared";

        public override JsonElement JsonSchema => schema is null ? default : JsonElement.Parse(schema, new JsonDocumentOptions { MaxDepth = 100 });

        public override IReadOnlyDictionary<string, object?> AdditionalProperties =>
            Strict is null ? base.AdditionalProperties : new Dictionary<string, object?> { ["strict"] = Strict };
    }
}
