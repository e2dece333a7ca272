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
