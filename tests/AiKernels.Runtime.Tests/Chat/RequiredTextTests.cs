using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Grammars;
using Xunit;

namespace AiKernels.Runtime.Tests.Chat;

/// <summary>Answers whose text has to follow something, beside reasoning and calls.</summary>
public sealed class RequiredTextTests
{
    private static readonly ToolDefinition[] Tools = [new("now", null, """{"type": "object", "additionalProperties": false}""")];

    private const string Now = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";

    private static readonly GrammarSource Json = new(GrammarKind.JsonSchema, """{"type": "array", "items": {"type": "integer"}, "uniqueItems": true}""")
    {
        Options = new JsonSchemaOptions { PlainIntegers = true, Whitespace = JsonWhitespace.OneSpace },
    };

    public static TheoryData<GrammarSource, string, string> Texts => new()
    {
        { Json, "[1, 2]", "[1, 1]" },
        { Json, "[]", "[1.0]" },
        { new GrammarSource(GrammarKind.Regex, "a+b"), "aab", "b" },
        { new GrammarSource(GrammarKind.Regex, " *x"), "  x", "y" },
        { new GrammarSource(GrammarKind.Gbnf, "root ::= \"(\" root? \")\""), "(())", "(()" },
    };

    public static TheoryData<string> Syntaxes => [.. ChatSyntax.Names];

    [Theory]
    [MemberData(nameof(Texts), DisableDiscoveryEnumeration = true)]
    public void Text_follows_while_reasoning_and_calls_stay_as_they_are(GrammarSource source, string right, string wrong)
    {
        (ThinkingState Thinking, ToolDefinition[] Tools, string Text, bool IsAccepted)[] answers =
        [
            (ThinkingState.Over, [], right, true), (ThinkingState.Over, [], wrong, false), (ThinkingState.Over, [], $"<think>a</think>{right}", false),
            (ThinkingState.Open, [], $"hm [1,</think>\n\n{right}", true), (ThinkingState.Open, [], $"hm</think>{wrong}", false), (ThinkingState.Open, [], "hm", false),
            (ThinkingState.NotBegun, [], right, true), (ThinkingState.NotBegun, [], $"<think>hm</think>{right}", true), (ThinkingState.NotBegun, [], "<think>hm</think>", false),
            (ThinkingState.Over, Tools, right, true), (ThinkingState.Over, Tools, Now, true), (ThinkingState.Over, Tools, $"<tool_call>\n{right}", false),
            (ThinkingState.Open, Tools, $"hm</think>\n{Now}", true),
        ];
        foreach (var (thinking, called, text, isAccepted) in answers)
        {
            var grammar = ToolGrammar.For(ChatSyntax.Named("hermes"), called, ToolChoice.Auto, null, new ToolGrammarOptions { Thinking = thinking, Text = source });
            Assert.True(isAccepted == GrammarMatcher.IsMatch(grammar, text), $"{thinking}: {text}");
            var again = Grammar.From(grammar.Source);
            Assert.Equal(grammar.Source, again.Source);
            Assert.True(isAccepted == GrammarMatcher.IsMatch(again, text), $"{thinking}, made again: {text}");
            if (isAccepted)
            {
                var answer = ReadBack("hermes", thinking, called, text);
                Assert.Equal(text.EndsWith(Now, StringComparison.Ordinal) ? "" : right, answer.Text);
                Assert.Equal(text.EndsWith(Now, StringComparison.Ordinal) ? 1 : 0, answer.Calls.Count);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Texts), DisableDiscoveryEnumeration = true)]
    public void The_final_message_follows(GrammarSource source, string right, string wrong)
    {
        var grammar = ToolGrammar.For(ChatSyntax.Named("harmony"), [], ToolChoice.Auto, null, new ToolGrammarOptions { Text = source });
        const string thought = "<|channel|>analysis<|message|>hm<|end|><|start|>assistant";
        const string final = "<|channel|>final<|message|>";
        Assert.True(GrammarMatcher.IsMatch(grammar, final + right));
        Assert.True(GrammarMatcher.IsMatch(grammar, thought + final + right));
        Assert.False(GrammarMatcher.IsMatch(grammar, thought + final + wrong));
        Assert.False(GrammarMatcher.IsMatch(grammar, "<|channel|>analysis<|message|>hm"));
    }

    [Theory]
    [MemberData(nameof(Syntaxes))]
    public void Nothing_in_the_text_is_a_marker(string name)
    {
        var syntax = ChatSyntax.Named(name);
        var text = $"{{\"a\": \"{string.Concat(syntax.Markers.Where(marker => !marker.Contains('"')))} {Now.Replace("\"", "\\\"").Replace("\n", "")}\"}}";
        var source = new GrammarSource(GrammarKind.JsonSchema, """{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}""");
        foreach (var (thinking, tools) in new[] { (ThinkingState.Over, Tools), (ThinkingState.Over, []), (ThinkingState.NotBegun, Tools), (ThinkingState.NotBegun, []) })
        {
            var said = syntax.IsHarmony ? $"<|channel|>final<|message|>{text}" : text;
            Assert.True(GrammarMatcher.IsMatch(ToolGrammar.For(syntax, tools, ToolChoice.Auto, null, new() { Thinking = thinking, Text = source }), said), said);
            var answer = ReadBack(name, thinking, tools, said);
            Assert.Equal(text, answer.Text);
            Assert.Empty(answer.Calls);
        }
    }

    [Theory]
    [InlineData(ThinkingState.Over, "a <tool_call>b", "a <tool_call>b")]
    [InlineData(ThinkingState.Over, " <think>a</think>b", " <think>a</think>b")]
    [InlineData(ThinkingState.Over, " <tool_call>", null)]
    [InlineData(ThinkingState.NotBegun, "<think>a", null)]
    [InlineData(ThinkingState.NotBegun, "a<think>", "a<think>")]
    [InlineData(ThinkingState.Open, "hm</think>\n \n  a</think>\n", "  a</think>\n")]
    public void What_would_be_read_as_something_else_is_not_written(ThinkingState thinking, string said, string? text)
    {
        var options = new ToolGrammarOptions { Thinking = thinking, Text = new GrammarSource(GrammarKind.Regex, "(.|\n)*") };
        Assert.Equal(text is not null, GrammarMatcher.IsMatch(ToolGrammar.For(ChatSyntax.Named("hermes"), Tools, ToolChoice.Auto, null, options), said));
        Assert.Equal(text ?? ReadBack("hermes", thinking, Tools, said).Text, ReadBack("hermes", thinking, Tools, said).Text);
    }

    [Fact]
    public void A_text_that_follows_something_has_nothing_before_it_but_reasoning()
    {
        var grammar = ToolGrammar.For(ChatSyntax.Named("harmony"), [], ToolChoice.Auto, null, new() { Text = Json });
        Assert.False(GrammarMatcher.IsMatch(grammar, "<|channel|>commentary<|message|>Let me see.<|end|><|start|>assistant<|channel|>final<|message|>[]"));
    }

    [Theory]
    [InlineData(GrammarKind.Regex, "<tool_call>.*")]
    [InlineData(GrammarKind.Tools, "{}")]
    [InlineData(GrammarKind.Regex, "(?!)")]
    [InlineData(GrammarKind.JsonSchema, "false")]
    [InlineData(GrammarKind.Gbnf, "nonsense")]
    public void What_is_no_grammar_of_a_text_is_refused(GrammarKind kind, string source) => Assert.Throws<GrammarException>(() =>
        ToolGrammar.For(ChatSyntax.Named("hermes"), Tools, ToolChoice.Auto, null, new ToolGrammarOptions { Text = new GrammarSource(kind, source) }));

    private static Answer ReadBack(string syntax, ThinkingState thinking, ToolDefinition[] tools, string said) => Answer.Read(syntax, said, tools, new()
    {
        IsTextRequired = true,
        GenerationPrompt = thinking switch { ThinkingState.Open => "<think>", ThinkingState.Over => "<think></think>", _ => "" },
    });
}
