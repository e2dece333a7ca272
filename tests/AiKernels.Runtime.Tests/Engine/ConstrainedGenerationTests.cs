using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Sampling;
using AiKernels.Runtime.Tests.Grammars;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

/// <summary>The embedded model, which knows nothing of JSON, under grammars.</summary>
public sealed class ConstrainedGenerationTests : IDisposable
{
    private const int Generations = 500;

    private readonly CpuBackend _backend = new(2);
    private readonly LanguageModel _model;
    private readonly InferenceEngine _engine;

    public ConstrainedGenerationTests()
    {
        _model = LanguageModel.Load(
            Repository.Path("samples/DemoModel/shakespeare.gguf"), _backend, new ModelOptions { ContextLength = 512, CacheLength = 8192 });
        _engine = new InferenceEngine(_model);
    }

    public static TheoryData<string, string> Schemas => new()
    {
        { "person", """{"type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":12},"age":{"type":"integer","minimum":0,"maximum":130},"tags":{"type":"array","items":{"enum":["a","b","c"]},"maxItems":3}},"required":["name","age"],"additionalProperties":false}""" },
        { "numbers", """{"type":"array","items":{"type":"number","exclusiveMinimum":-1.5,"maximum":12.25,"multipleOf":0.25},"minItems":1,"maxItems":4}""" },
        { "pattern", """{"type":"object","properties":{"id":{"type":"string","pattern":"^[A-Z]{2}-\\d{3,5}$"},"day":{"type":"string","format":"date"},"key":{"type":"string","format":"uuid"}},"required":["id","day","key"],"additionalProperties":false}""" },
        { "tree", """{"$defs":{"node":{"type":"object","properties":{"value":{"type":"boolean"},"next":{"anyOf":[{"type":"null"},{"$ref":"#/$defs/node"}]}},"required":["value","next"],"additionalProperties":false}},"$ref":"#/$defs/node"}""" },
        { "shapes", """{"oneOf":[{"type":"object","properties":{"kind":{"const":"circle"},"radius":{"type":"integer","minimum":1,"maximum":99}},"required":["kind","radius"],"additionalProperties":false},{"type":"object","properties":{"kind":{"const":"square"},"side":{"type":"integer","minimum":1,"maximum":99}},"required":["kind","side"],"additionalProperties":false}]}""" },
        { "conditions", """{"type":"object","properties":{"country":{"enum":["US","NL"]},"code":{"type":"string","maxLength":8}},"required":["country","code"],"additionalProperties":false,"if":{"properties":{"country":{"const":"US"}}},"then":{"properties":{"code":{"pattern":"^[0-9]{5}$"}}},"else":{"properties":{"code":{"pattern":"^[0-9]{4} [A-Z]{2}$"}}}}""" },
        { "names", """{"type":"object","patternProperties":{"^n_":{"type":"integer","maximum":9,"minimum":0},"^b_":{"type":"boolean"}},"propertyNames":{"pattern":"^[nb]_[a-z]{1,3}$"},"minProperties":1,"maxProperties":3}""" },
        { "contains", """{"type":"array","items":{"type":["boolean","null"]},"contains":{"const":true},"minContains":2,"maxContains":3,"maxItems":5}""" },
    };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _engine.Dispose();
        _model.Dispose();
        _backend.Dispose();
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public async Task Whatever_is_generated_under_a_schema_fulfils_it(string name, string schema)
    {
        var grammar = Grammar.FromJsonSchema(schema, new JsonSchemaOptions { Whitespace = JsonWhitespace.OneSpace });
        var answers = await Task.WhenAll(Enumerable.Range(0, Generations).Select(seed => Generate(grammar, seed)));
        Assert.All(answers, answer => Assert.True(
            answer.Reason == FinishReason.Stop && SchemaValidator.IsValid(schema, answer.Text), $"{name}: {answer.Reason} {answer.Text}"));
        Assert.True(answers.Distinct().Count() > 1, "they differ");
    }

    [Fact]
    public async Task An_answer_is_the_same_alone_and_beside_others_with_guesses_and_without()
    {
        var grammar = Grammar.FromJsonSchema(Schemas.First().Data.Item2);
        using var plain = new InferenceEngine(_model, new EngineOptions { Speculates = false, MaxSequences = 1 });
        foreach (var temperature in (float[])[0, 1])
        {
            var options = new GenerationOptions { Grammar = grammar, MaxTokens = 60, Sampling = new() { Temperature = temperature, Seed = 3 } };
            var alone = await plain.Submit("JULIET:\n", options, TestEnds).Select(token => token.Id).ToArrayAsync(TestEnds);
            var together = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
                _engine.Submit("JULIET:\n", options, TestEnds).Select(token => token.Id).ToArrayAsync(TestEnds).AsTask()));
            Assert.All(together, answer => Assert.Equal(alone, answer));
        }
    }

    [Fact]
    public async Task What_is_certain_is_given_out_without_asking_the_model()
    {
        var grammar = Grammar.FromRegex("Wherefore art thou (Romeo|Paris)\\?");
        var generation = _engine.Submit("JULIET:\n", new GenerationOptions { Grammar = grammar, Sampling = SamplingOptions.Greedy }, TestEnds);
        var tokens = await generation.ToArrayAsync(TestEnds);
        Assert.Matches("^Wherefore art thou (Romeo|Paris)\\?$", string.Concat(tokens.Select(token => token.Text)));
        Assert.Equal(FinishReason.Stop, generation.FinishReason);

        // As the tokenizer cuts it, and not letter by letter.
        var certain = _model.Tokenizer.Encode("Wherefore art thou ");
        Assert.Equal(certain[..^1], tokens.Take(certain.Length - 1).Select(token => token.Id));
    }

    [Fact]
    public async Task Whoever_asks_how_likely_tokens_are_hears_it_of_those_that_are_certain_too()
    {
        var options = new GenerationOptions { Grammar = Grammar.FromRegex("Wherefore art thou (Romeo|Paris)\\?"), Sampling = SamplingOptions.Greedy };
        var tokens = await _engine.Submit("JULIET:\n", options, TestEnds).ToArrayAsync(TestEnds);
        var rated = await _engine.Submit("JULIET:\n", options with { LogProbabilities = 2 }, TestEnds).ToArrayAsync(TestEnds);
        Assert.Equal(tokens.Select(token => token.Id), rated.Select(token => token.Id));
        Assert.All(rated, token => Assert.True(token.LogProbability < 0 && token.Alternatives.Count == 2));
    }

    [Fact]
    public async Task A_receipt_holds_tokens_that_were_forbidden()
    {
        var sampling = new SamplingOptions { Seed = 3, LogitBias = new Dictionary<int, float> { [10] = float.NegativeInfinity, [12] = 2 } };
        var generation = _engine.Submit("ROMEO:\n", new GenerationOptions { MaxTokens = 10, Sampling = sampling }, TestEnds);
        await generation.Completion;
        Assert.Equal(sampling, GenerationReceipt.Parse(generation.Receipt.ToJson()).Sampling);
    }

    [Fact]
    public async Task A_receipt_brings_the_grammar_with_it()
    {
        var grammar = Grammar.FromGbnf("root ::= [a-z ]{5,40} \".\"");
        var options = new GenerationOptions { Grammar = grammar, MaxTokens = 80, Sampling = new() { Seed = 5, Temperature = 1 } };
        var generation = _engine.Submit("ROMEO:\n", options, TestEnds);
        var said = await generation.Select(token => token.Text).ToArrayAsync(TestEnds);
        var receipt = GenerationReceipt.Parse(generation.Receipt.ToJson());
        var again = _engine.Submit([.. receipt.Prompt], receipt.OptionsFor(_model), TestEnds);
        Assert.Equal(said, await again.Select(token => token.Text).ToArrayAsync(TestEnds));
        Assert.True(receipt.IsSame(again.Receipt));
        Assert.Equal(grammar.Source, receipt.Grammar);
    }

    private async Task<(string Text, FinishReason Reason)> Generate(Grammar grammar, int seed)
    {
        var options = new GenerationOptions
        {
            Grammar = grammar,
            MaxTokens = 480,
            Sampling = new SamplingOptions { Temperature = 1, TopK = 0, TopP = 1, MinP = 0, Seed = (ulong)seed },
        };
        while (true)
        {
            try
            {
                var generation = _engine.Submit("ROMEO:\n", options, TestEnds);
                var text = string.Concat(await generation.Select(token => token.Text).ToArrayAsync(TestEnds));
                return (text, generation.FinishReason);
            }
            catch (EngineBusyException)
            {
                await Task.Delay(5, TestEnds);
            }
        }
    }
}
