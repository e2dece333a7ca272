using System.Text.Json;
using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Tests.Grammars;
using Xunit;

namespace AiKernels.Runtime.Tests.Chat;

/// <summary>Arguments between tags: what the grammar accepts is read as what the schema takes, and what it should accept it does.</summary>
public sealed class TaggedArgumentsTests
{
    private static readonly ToolGrammarOptions Answering = new() { Thinking = ThinkingState.Over };

    // A parameter's schema, its value, and what that is as JSON; null where it must not be written.
    public static TheoryData<string, string, string?> Values => new()
    {
        { """{"type": ["string", "null"]}""", "Tokyo", "\"Tokyo\"" },
        { """{"type": ["string", "null"]}""", "New York", "\"New York\"" },
        { """{"type": ["string", "null"]}""", "Nairobi", "\"Nairobi\"" },
        { """{"type": ["string", "null"]}""", "2024-01-01", "\"2024-01-01\"" },
        { """{"type": ["string", "null"]}""", "9", "\"9\"" },
        { """{"type": ["string", "null"]}""", "nullable", "\"nullable\"" },
        { """{"type": ["string", "null"]}""", "null", "null" },
        { """{"type": ["string", "null"], "minLength": 5}""", " null", null },
        { """{"type": ["string", "boolean"]}""", "false alarm", "\"false alarm\"" },
        { """{"type": ["string", "object"]}""", "{braces} and more", "\"{braces} and more\"" },
        { """{"type": ["string", "array"]}""", "[draft] title", "\"[draft] title\"" },
        { """{"type": ["string", "integer"], "maximum": 3}""", "-x", "\"-x\"" },
        { """{"type": ["string", "integer"], "maximum": 3}""", "2024-01-01", "\"2024-01-01\"" },
        { """{"type": ["string", "integer"], "maximum": 3}""", "3", "3" },
        { """{"type": ["string", "integer"], "maximum": 3}""", "9", null },
        { """{"type": ["string", "integer"], "maximum": 3}""", "         9", null },
        { """{"type": ["string", "integer"], "maximum": 3}""", "9e0 ", null },
        { """{"type": ["string", "integer"], "maximum": 3}""", "\u00a09", "\"\\u00A09\"" },
        { """{"type": ["string", "integer"], "maximum": 3}""", "\u20039", "\"\\u20039\"" },
        { """{}""", "[draft] title", "\"[draft] title\"" },
        { """{}""", "{\"a\": [1]}", "{\"a\": [1]}" },
        { """{"allOf": [{"const": true}]}""", "true", "true" },
        { """{"allOf": [{"const": true}]}""", "false", null },
        { """{"anyOf": [{"type": "boolean", "const": true}, {"type": "null"}]}""", "false", null },
        { """{"type": "boolean", "not": {"const": false}}""", "false", null },
        { """{"$ref": "#/$defs/b"}""", "true", "true" },
        { """{"enum": [true, false]}""", "true", "true" },
        { """{"type": ["integer", "null"]}""", "null", "null" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_is_accepted_if_it_is_read_as_one_that_fits(string schema, string value, string? json)
    {
        ToolDefinition tool = new("f", null, $$"""{"required": ["a"], "$defs": {"b": {"type": "boolean"} }, "properties": {"a": {{schema}} } }""");
        foreach (var (syntax, text) in Written(value))
        {
            var isAccepted = GrammarMatcher.IsMatch(ToolGrammar.For(ChatSyntax.Named(syntax), [tool], ToolChoice.Required, null, Answering), text);
            Assert.True(isAccepted == (json is not null), text);
            if (isAccepted)
            {
                var read = Assert.Single(Answer.Read(syntax, text, [tool]).Calls).Arguments;
                Assert.True(JsonElement.DeepEquals(JsonElement.Parse($"{{\"a\": {json}}}"), JsonElement.Parse(read)), read);
                Assert.True(SchemaValidator.IsValid(tool.Parameters!.ToJsonString(), read), read);
            }
        }

        static IEnumerable<(string Syntax, string Text)> Written(string value)
        {
            yield return ("glm", $"<tool_call>f<arg_key>a</arg_key><arg_value>{value}</arg_value></tool_call>");
            yield return ("qwen3-coder", Coder(("a", value)));
            if (value is "true" or "false" or "null")
            {
                // As Python writes it, which the family's templates show.
                yield return ("qwen3-coder", Coder(("a", value == "null" ? "None" : char.ToUpperInvariant(value[0]) + value[1..])));
            }
        }
    }

    [Theory]
    [InlineData("""{"type": "object"}""", true)]
    [InlineData("""{"type": "object", "properties": {}, "additionalProperties": true}""", true)]
    [InlineData("""{"type": "object", "properties": {"b": {"type": "integer"}}, "additionalProperties": {"type": "integer"}}""", true)]
    [InlineData("""{"type": "object", "additionalProperties": {"type": "boolean"}}""", false)]
    [InlineData("""{"type": "object", "additionalProperties": false}""", false)]
    [InlineData("""{"type": "object", "properties": {"b": {"type": "integer"}}}""", false)]
    [InlineData("""{"$ref": "#/$defs/f", "$defs": {"f": {"type": "object", "properties": {"a": {"type": "integer"}}}}}""", true)]
    [InlineData("""{"allOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"a": {"maximum": 3}, "b": {}}}]}""", true)]
    [InlineData("""{"allOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"a": {"minimum": 3}}}]}""", false)]
    [InlineData("""{"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}, "additionalProperties": false}]}""", false)]
    public void Parameters_are_those_that_a_schema_names_or_leaves_open(string schema, bool isAccepted)
    {
        ToolDefinition tool = new("f", null, schema);
        var grammar = ToolGrammar.For(ChatSyntax.Named("qwen3-coder"), [tool], ToolChoice.Required, null, Answering);
        Assert.Equal(isAccepted, GrammarMatcher.IsMatch(grammar, Coder(("a", "1"))));
        Assert.Equal("{\"a\": 1}", Assert.Single(Answer.Read("qwen3-coder", Coder(("a", "1")), [tool]).Calls).Arguments);
    }

    [Fact]
    public void Parameters_come_in_any_order()
    {
        ToolDefinition tool = new("f", null, """{"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}, "c": {"type": "integer"}}, "required": ["b"]}""");
        var grammar = ToolGrammar.For(ChatSyntax.Named("qwen3-coder"), [tool], ToolChoice.Required, null, Answering);
        foreach (var (names, isAccepted) in new[] { ("b", true), ("ab", true), ("ba", true), ("cab", true), ("cba", true), ("a", false), ("ca", false), ("", false), ("bb", false), ("bd", false) })
        {
            Assert.True(isAccepted == GrammarMatcher.IsMatch(grammar, Coder([.. names.Select(name => ($"{name}", "1"))])), names);
        }
    }

    [Theory]
    [InlineData("""{"required": [5], "properties": {}}""")]
    [InlineData("""{"required": 5}""")]
    [InlineData("""{"properties": {"a": {"type": "string"}, "a": {"type": "integer"}}}""")]
    [InlineData("""{"type": "object", "type": "object"}""")]
    [InlineData("""{"minProperties": 1}""")]
    [InlineData("""{"allOf": [{"properties": {}}, {"minProperties": 1}]}""")]
    [InlineData("""{"allOf": [{"type": "object"}, {"type": "string"}]}""")]
    [InlineData("""{"properties": {"a": {"type": "strings"}}}""")]
    public void What_cannot_be_kept_to_is_refused_but_read(string schema)
    {
        ToolDefinition tool = new("f", null, schema);
        Assert.Throws<GrammarException>(() => ToolGrammar.For(ChatSyntax.Named("glm"), [tool], ToolChoice.Auto));
        Assert.Single(Answer.Read("glm", "<tool_call>f<arg_key>a</arg_key><arg_value>1</arg_value></tool_call>", [tool]).Calls);
    }

    [Fact]
    public void Schemas_that_refer_to_themselves_over_and_over_are_looked_at_once()
    {
        var many = string.Join(", ", Enumerable.Repeat("""{"$ref": "#/$defs/a"}""", 200));
        ToolDefinition tool = new("f", null, $$"""{"$defs": {"a": {"anyOf": [{{many}}, {"type": "integer"}]} }, "properties": {"a": {"$ref": "#/$defs/a"} } }""");
        var call = Assert.Single(Answer.Read("glm", "<tool_call>f<arg_key>a</arg_key><arg_value>1</arg_value></tool_call>", [tool]).Calls);
        Assert.Equal("{\"a\": 1}", call.Arguments);
    }

    private static string Coder(params (string Name, string Value)[] values) =>
        $"<tool_call>\n<function=f>\n{string.Concat(values.Select(one => $"<parameter={one.Name}>\n{one.Value}\n</parameter>\n"))}</function>\n</tool_call>";
}
