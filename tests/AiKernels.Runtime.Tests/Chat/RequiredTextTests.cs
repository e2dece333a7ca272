using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Grammars;
using Xunit;

namespace AiKernels.Runtime.Tests.Chat;

/// <summary>Answers whose text has to follow something, beside reasoning and calls.</summary>
public sealed class RequiredTextTests
{
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
        { new GrammarSource(GrammarKind.Gbnf, "root ::= \"(\" root? \")\""), "(())", "(()" },
    };

    [Theory]
    [MemberData(nameof(Texts), DisableDiscoveryEnumeration = true)]
    public void Text_follows_while_reasoning_and_calls_stay_as_they_are(GrammarSource source, string right, string wrong)
    {
        var tools = new[] { new ToolDefinition("now", null, """{"type": "object", "additionalProperties": false}""") };
        (ThinkingState Thinking, ToolDefinition[] Tools, string Text, bool IsAccepted)[] answers =
        [
            (ThinkingState.Over, [], right, true), (ThinkingState.Over, [], wrong, false), (ThinkingState.Over, [], $"<think>a</think>{right}", false),
            (ThinkingState.Open, [], $"hm [1,</think>\n\n{right}", true), (ThinkingState.Open, [], $"hm</think>{wrong}", false), (ThinkingState.Open, [], "hm", false),
            (ThinkingState.NotBegun, [], right, true), (ThinkingState.NotBegun, [], $"<think>hm</think>{right}", true), (ThinkingState.NotBegun, [], "<think>hm</think>", false),
            (ThinkingState.Over, tools, right, true), (ThinkingState.Over, tools, Now, true), (ThinkingState.Over, tools, right + Now, false),
            (ThinkingState.Open, tools, $"hm</think>\n{Now}", true), (ThinkingState.Over, [], Now, false),
        ];
        foreach (var (thinking, called, text, isAccepted) in answers)
        {
            var grammar = ToolGrammar.For(ChatSyntax.Named("hermes"), called, ToolChoice.Auto, null, new ToolGrammarOptions { Thinking = thinking, Text = source });
            Assert.True(isAccepted == GrammarMatcher.IsMatch(grammar, text), $"{thinking}: {text}");
            var again = Grammar.From(grammar.Source);
            Assert.Equal(grammar.Source, again.Source);
            Assert.True(isAccepted == GrammarMatcher.IsMatch(again, text), $"{thinking}, made again: {text}");
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
    [InlineData(GrammarKind.Tools, "{}")]
    [InlineData(GrammarKind.Regex, "(?!)")]
    [InlineData(GrammarKind.JsonSchema, "false")]
    [InlineData(GrammarKind.Gbnf, "nonsense")]
    public void What_is_no_grammar_of_a_text_is_refused(GrammarKind kind, string source) => Assert.Throws<GrammarException>(() =>
        ToolGrammar.For(ChatSyntax.Plain, [], ToolChoice.Auto, null, new ToolGrammarOptions { Text = new GrammarSource(kind, source) }));
}
