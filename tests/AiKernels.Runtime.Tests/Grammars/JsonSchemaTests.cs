using System.Text.Json;
using AiKernels.Runtime.Grammars;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Grammars;

public sealed class JsonSchemaTests
{
    [Fact]
    public void Verdicts_are_those_of_llama_cpp()
    {
        Assert.All(GrammarVector.OfKind("schema"), vector =>
        {
            var grammar = Grammar.FromJsonSchema(vector.Source);
            Assert.All(vector.Passing, text => Assert.True(GrammarMatcher.IsMatch(grammar, text), $"{vector.Name}: {text}"));
            Assert.All(vector.Failing, text => Assert.False(GrammarMatcher.IsMatch(grammar, text), $"{vector.Name}: {text}"));
        });
    }

    [Fact]
    public void What_llama_cpp_converts_can_be_read_and_what_it_refuses_cannot()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(TestData.Path("grammars/llama.cpp_json_schema_to_grammar.json")));
        Assert.All(document.RootElement.EnumerateArray(), vector =>
        {
            var (schema, isGood) = (vector.GetProperty("schema").GetString()!, vector.GetProperty("status").GetString() == "SUCCESS");
            if (isGood)
            {
                Grammar.FromJsonSchema(schema);
            }
            else
            {
                Assert.Throws<GrammarException>(() => Grammar.FromJsonSchema(schema));
            }
        });
    }

    [Fact]
    public void The_suite_of_JSON_Schema_agrees_for_every_keyword_that_is_supported()
    {
        var (agreed, refused) = (0, 0);
        foreach (var group in JsonSchemaSuite.Required().Concat(JsonSchemaSuite.OfFormats()))
        {
            if (Compile(group) is { } grammar)
            {
                agreed += group.Tests.Length;
                Assert.All(group.Tests, test => Assert.All(test.Texts, text =>
                    Assert.True(GrammarMatcher.IsMatch(grammar, text) == test.IsValid, $"{group.Keyword}, {group.Name}, {test.Name}: {text}")));
            }
            else
            {
                refused += group.Tests.Length;
            }
        }

        Assert.InRange(agreed, 1000, 2000);
        Assert.InRange(refused, 1, 400);
    }

    [Fact]
    public void The_validator_of_these_tests_agrees_with_the_suite()
    {
        // Not by its own code: references by URI, and arithmetic beyond doubles.
        string[] unknown = ["anchor", "defs", "dynamicRef", "ref", "refRemote", "unevaluatedItems", "unevaluatedProperties", "vocabulary", "multipleOf"];
        Assert.All(JsonSchemaSuite.Required().Where(group => !unknown.Contains(group.Keyword) && !group.Schema.Contains("unevaluated")), group =>
            Assert.All(group.Tests, test => Assert.True(
                SchemaValidator.IsValid(group.Schema, test.Texts[0]) == test.IsValid, $"{group.Keyword}, {group.Name}, {test.Name}")));
    }

    [Fact]
    public void Schemas_of_the_world_can_be_read() =>
        Assert.All(Directory.GetFiles(TestData.Path("json_schema/jsonschemabench"), "*.json"), file =>
            Grammar.FromJsonSchema(File.ReadAllText(file)));

    [Fact]
    public void JSON_is_what_the_test_suite_for_parsers_says()
    {
        var grammar = Grammar.Json();
        Assert.All(Directory.GetFiles(TestData.Path("json_schema/JSONTestSuite"), "*.json"), file =>
        {
            var (name, text) = (Path.GetFileName(file), File.ReadAllBytes(file));
            var matcher = new GrammarMatcher(grammar);
            var isJson = matcher.Read(text) == text.Length && matcher.IsComplete;
            Assert.True(name[0] == 'i' || isJson == (name[0] == 'y'), name);
        });
    }

    [Theory]
    [InlineData("{", "the schema is no JSON: ")]
    [InlineData("""{"type":"kaboom"}""", "the schema at its root has the type \"kaboom\", which is none")]
    [InlineData("""{"items":{"unevaluatedItems":false}}""", "the schema at /items uses unevaluatedItems, which isn't supported")]
    [InlineData("""{"$ref":"https://example.com/x"}""", "the schema at its root refers to https://example.com/x, which is not in the document")]
    [InlineData("""{"properties":{"a":{"pattern":"(a"}}}""", "the schema at /properties/a has the pattern (a: expected ) (line 1, column 3)")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}""", "the schema takes no value")]
    [InlineData("""{"not":5}""", "the schema at its root has not, which must be a schema")]
    [InlineData("""{"properties":{"a":1}}""", "the schema at its root has properties, which must be an object of schemas")]
    [InlineData("""{"uniqueItems":5}""", "the schema at its root has uniqueItems, which must be true or false")]
    [InlineData("""{"$ref":5}""", "the schema at its root has $ref, which must be a text")]
    [InlineData("""{"anyOf":{}}""", "the schema at its root has anyOf, which must be a list of schemas")]
    [InlineData("""{"required":"name"}""", "the schema at its root has required, which must be a list of names")]
    [InlineData("""{"enum":["\udc00"]}""", "the schema has half a surrogate pair, which is no text")]
    [InlineData("""{"type":"array","items":{"type":"integer","minimum":1,"maximum":3},"minItems":4,"uniqueItems":true}""", "the schema takes no value")]
    [InlineData("""{"minLength":-1}""", "the schema at its root has a minLength that is no count")]
    [InlineData("""{"allOf":[{"type":"string"},{"type":"number"}]}""", "the schema takes no value")]
    public void A_bad_schema_gets_one_sentence(string schema, string message) =>
        Assert.StartsWith(message, Assert.Throws<GrammarException>(() => Grammar.FromJsonSchema(schema)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(JsonWhitespace.None, """{"a":1,"b":[1,2]}""", """{"a": 1, "b": [1, 2]}""")]
    [InlineData(JsonWhitespace.OneSpace, """{"a": 1, "b": [1, 2]}""", """{"a":1,"b":[1,2]}""")]
    public void Layout_is_kept_to(JsonWhitespace whitespace, string good, string bad)
    {
        var grammar = Grammar.Json(whitespace);
        Assert.True(GrammarMatcher.IsMatch(grammar, good));
        Assert.False(GrammarMatcher.IsMatch(grammar, bad));
    }

    [Fact]
    public void Integers_are_plain_where_that_is_asked_for()
    {
        const string schema = """{"type":"integer"}""";
        Assert.True(GrammarMatcher.IsMatch(Grammar.FromJsonSchema(schema), "1.0"));
        Assert.False(GrammarMatcher.IsMatch(Grammar.FromJsonSchema(schema, new() { PlainIntegers = true }), "1.0"));
    }

    [Fact]
    public void Strings_are_compared_by_their_characters_however_they_are_escaped()
    {
        var grammar = Grammar.FromJsonSchema("""{"properties":{"é":{"const":"a😀"}},"required":["é"],"additionalProperties":false}""");
        Assert.True(GrammarMatcher.IsMatch(grammar, """{"\u00e9":"\u0061\uD83D\ude00"}"""));
        Assert.True(GrammarMatcher.IsMatch(grammar, """{"é":"a😀"}"""));
        Assert.False(GrammarMatcher.IsMatch(grammar, """{"é":"a\ud83d"}"""));
    }

    [Theory]
    [InlineData("""{"not":{"const":1}}""", new[] { "2", "1.5", "\"1\"" }, new[] { "1", "1.0", "1e0", "10e-1" })]
    [InlineData("""{"type":"number","not":{"minimum":5}}""", new[] { "4", "-1.5" }, new[] { "5", "1e5", "1.2E3" })]
    [InlineData("""{"not":{"enum":[0]}}""", new[] { "1" }, new[] { "0", "-0", "0e5", "0.0" })]
    [InlineData("""{"multipleOf":2}""", new[] { "2", "-20.0", "0" }, new[] { "02", "-02", "00", "1234567890123456780" })]
    [InlineData("""{"type":"array","uniqueItems":true}""", new[] { "[0,1e99999999999]" }, new[] { "[0,0e99999999999]", "[0.0E5,-0e-99999999999]" })]
    [InlineData("""{"if":{"minimum":100},"then":{"multipleOf":10}}""", new[] { "99", "110" }, new[] { "105", "1.05e2" })]
    [InlineData("""{"not":{"const":{"b":10,"c":10}}}""", new[] { """{"b":10,"c":11}""", """{"b":10}""" }, new[] { """{"b":10,"c":10}""", """{"c":10,"b":10}""" })]
    [InlineData("""{"not":{"properties":{"a":{"type":"integer"}},"additionalProperties":false}}""", new[] { """{"a":1.5}""", """{"b":1}""" }, new[] { """{"a":1}""", "{}" })]
    [InlineData("""{"anyOf":[{"type":"array","uniqueItems":true},{"type":"array","maxItems":3}]}""", new[] { "[3,3]", "[1,2,3,4]" }, new[] { "[1,2,3,3]" })]
    [InlineData("""{"type":"number","multipleOf":3600,"minimum":0,"maximum":100000}""", new[] { "0", "3600", "97200.0" }, new[] { "1", "100800", "1e5" })]
    [InlineData("""{"type":"integer","multipleOf":997,"minimum":1,"maximum":1000000}""", new[] { "997", "999991" }, new[] { "0", "1000988", "947914304333068485" })]
    [InlineData("""{"multipleOf":0.00065536,"exclusiveMinimum":0,"maximum":0.002}""", new[] { "0.00065536", "0.00131072" }, new[] { "0", "0.0006553", "0.00196609" })]
    public void Verdicts_are_right_where_they_once_were_not(string schema, string[] good, string[] bad)
    {
        var grammar = Grammar.FromJsonSchema(schema);
        Assert.All(good, text => Assert.True(GrammarMatcher.IsMatch(grammar, text), text));
        Assert.All(bad, text => Assert.False(GrammarMatcher.IsMatch(grammar, text), text));
    }

    [Fact]
    public void Tagged_unions_may_have_many_variants()
    {
        static string Variant(int i) => $$"""
            {"type":"object","properties":{"type":{"const":"v{{i}}"},"a":{"type":"string"},"b":{"type":"string"},"c":{"type":"string"},"d":{"type":"string"} },
             "required":["type","a","b","c","d"],"additionalProperties":false}
            """;
        var grammar = Grammar.FromJsonSchema($$"""{"oneOf":[{{string.Join(',', Enumerable.Range(0, 40).Select(Variant))}}]}""");
        Assert.True(GrammarMatcher.IsMatch(grammar, """{"type":"v39","a":"","b":"","c":"","d":""}"""));
        Assert.False(GrammarMatcher.IsMatch(grammar, """{"type":"v40","a":"","b":"","c":"","d":""}"""));

        var conditions = Enumerable.Range(0, 20).Select(i => $$$"""{"if":{"properties":{"t":{"const":"v{{{i}}}"} } },"then":{"required":["r{{{i}}}"]}}""");
        grammar = Grammar.FromJsonSchema($$$"""{"type":"object","properties":{"t":{"type":"string"}},"required":["t"],"allOf":[{{{string.Join(',', conditions)}}}]}""");
        Assert.True(GrammarMatcher.IsMatch(grammar, """{"t":"v7","r7":1}"""));
        Assert.False(GrammarMatcher.IsMatch(grammar, """{"t":"v7","r8":1}"""));
        Assert.True(GrammarMatcher.IsMatch(grammar, """{"t":"another"}"""));
    }

    [Fact]
    public void Constants_may_be_as_deep_as_schemas()
    {
        var constant = new string('[', 100) + new string(']', 100);
        Assert.True(GrammarMatcher.IsMatch(Grammar.FromJsonSchema($$"""{"const":{{constant}}}"""), constant));
    }

    [Fact]
    public void A_grammar_serves_any_number_of_texts()
    {
        string[] names = [.. Enumerable.Range(0, 12).Select(i => $"name{i}")];
        var grammar = Grammar.FromJsonSchema($$"""{"required":[{{string.Join(',', names.Select(name => $"\"{name}\""))}}]}""");
        var random = new Random(1);
        for (var i = 0; i < 1000; i++)
        {
            random.Shuffle(names);
            Assert.True(GrammarMatcher.IsMatch(grammar, $"{{{string.Join(',', names.Select(name => $"\"{name}\":{i}"))}}}"));
        }
    }

    /// <summary>The grammar of a group; null if it is refused as it should be.</summary>
    private static Grammar? Compile(JsonSchemaSuite group)
    {
        // Whose rules are another document's.
        if (group.Keyword == "vocabulary")
        {
            return null;
        }

        try
        {
            return Grammar.FromJsonSchema(group.Schema);
        }
        catch (GrammarException fault)
        {
            string[] reasons = ["uses unevaluated", "uses $dynamicRef", "which is not in the document"];
            var takesNothing = fault.Message == "the schema takes no value" && group.Tests.All(test => !test.IsValid);
            Assert.True(takesNothing || reasons.Any(fault.Message.Contains), $"{group.Keyword}, {group.Name}: {fault.Message}");
            return null;
        }
    }
}
