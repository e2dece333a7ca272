using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Chat;

public sealed class ToolGrammarTests
{
    private static readonly ToolDefinition[] Tools = [.. ChatCase.Tools];

    public static TheoryData<string> Templates => [.. ChatCase.All.Select(chat => chat.Template)];

    [Theory]
    [MemberData(nameof(Templates))]
    public void What_a_template_renders_is_accepted_and_what_fits_no_schema_is_not(string template)
    {
        var chat = ChatCase.All.First(one => one.Template == template);
        var syntax = ChatSyntax.Named(chat.Syntax);
        var text = chat.Render().TrimEnd();
        var controls = ChatVocabulary.WithControls(syntax);
        foreach (var choice in chat.HasText ? [ToolChoice.Auto] : (ToolChoice[])[ToolChoice.Auto, ToolChoice.Required])
        {
            var spelt = ToolGrammar.For(syntax, Tools, choice);
            var grammar = ToolGrammar.For(syntax, Tools, choice, controls);
            Assert.True(GrammarMatcher.IsMatch(spelt, text), text);
            Assert.True(Accepts(grammar, controls, text), text);
            var remade = Grammar.From(grammar.Source, controls);
            Assert.Equal(grammar.Source, remade.Source);
            Assert.True(Accepts(remade, controls, text), text);
            // Where calls look like other objects, one of a tool that isn't there is just an object.
            foreach (var wrong in Wrong(text).Where(wrong => chat.Syntax != "llama3" || choice != ToolChoice.Auto || !wrong.Contains("get_rain", StringComparison.Ordinal)))
            {
                Assert.False(GrammarMatcher.IsMatch(spelt, wrong), wrong);
                Assert.False(Accepts(grammar, controls, wrong), wrong);
            }
        }

        Assert.False(GrammarMatcher.IsMatch(ToolGrammar.For(syntax, Tools, ToolChoice.None), text));
        var message = chat.Render(withCalls: false).TrimEnd();
        Assert.All((ToolChoice[])[ToolChoice.Auto, ToolChoice.None], choice => Assert.True(GrammarMatcher.IsMatch(ToolGrammar.For(syntax, Tools, choice), message), message));
        if (!chat.HasReasoning)
        {
            Assert.False(GrammarMatcher.IsMatch(ToolGrammar.For(syntax, Tools, ToolChoice.Required), message));
        }
    }

    [Theory]
    [InlineData("hermes", "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>", "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"A\"}}\n</tool_call>")]
    [InlineData("glm", "<tool_call>now</tool_call>", "<tool_call>get_weather<arg_key>city</arg_key><arg_value>A</arg_value></tool_call>")]
    [InlineData("mistral", "[TOOL_CALLS][{\"name\": \"now\", \"arguments\": {}}]", "[TOOL_CALLS][{\"name\": \"get_weather\", \"arguments\": {\"city\": \"A\"}}]")]
    [InlineData("llama3", "{\"name\": \"now\", \"parameters\": {}}", "<|python_tag|>{\"name\": \"get_weather\", \"parameters\": {\"city\": \"A\"}}")]
    [InlineData("harmony", "<|channel|>commentary to=functions.now <|constrain|>json<|message|>{}<|call|>", "<|channel|>commentary to=functions.get_weather json<|message|>{\"city\": \"A\"}<|call|>")]
    public void A_choice_decides_on_calls(string name, string now, string weather)
    {
        var syntax = ChatSyntax.Named(name);
        foreach (var (choice, text, isAccepted) in (IEnumerable<(ToolChoice, string, bool)>)
        [
            (ToolChoice.Auto, now, true), (ToolChoice.Auto, weather, true), (ToolChoice.Required, now, true),
            (ToolChoice.Named("now"), now, true), (ToolChoice.Named("now"), weather, false), (ToolChoice.None, now, false),
        ])
        {
            Assert.Equal(isAccepted, GrammarMatcher.IsMatch(ToolGrammar.For(syntax, Tools, choice), text));
        }

        var grammar = ToolGrammar.For(syntax, Tools, ToolChoice.Required, null, new() { Thinking = ThinkingState.Over });
        Assert.False(GrammarMatcher.IsMatch(grammar, $"Well. {now}"));
        Assert.False(GrammarMatcher.IsMatch(grammar, "Well."));
    }

    [Theory]
    [InlineData("{\"name\": \"Bob\", \"age\": 3}", true)]
    [InlineData("{\"name\": \"Bob\", \"parameters\": {}}", true)]
    [InlineData("{\"answer\": {\"name\": \"now\", \"parameters\": {}}}", true)]
    [InlineData("{\"type\": \"dog\"}", true)]
    [InlineData("[{\"name\": \"now\", \"parameters\": {}}]", true)]
    [InlineData("{\"name\": \"now\", \"parameters\": {\"a\": 1}}", false)]
    [InlineData("{\"n\\u0061me\": \"n\\u006fw\", \"parameters\": {\"a\": 1}}", false)]
    [InlineData(" { \"parameters\" : {\"a\": 1}, \"name\": \"now\"}", false)]
    public void An_object_that_calls_no_tool_is_text_where_calls_are_bare(string said, bool isAccepted)
    {
        Assert.Equal(isAccepted, GrammarMatcher.IsMatch(ToolGrammar.For(ChatSyntax.Named("llama3"), Tools, ToolChoice.Auto), said));
        var answer = Answer.Read("llama3", said, Tools);
        Assert.Equal(isAccepted ? said : "", answer.Text);
        Assert.Equal(isAccepted ? 0 : 1, answer.Calls.Count);
    }

    [Theory]
    [InlineData("llama3", "{\"type\": \"function\", \"name\": \"now\", \"parameters\": {}}")]
    [InlineData("qwen3-coder", "Well.\n<function=now>\n</function>\n</tool_call>")]
    public void Calls_may_begin_as_models_are_known_to_begin_them(string syntax, string said)
    {
        Assert.True(GrammarMatcher.IsMatch(ToolGrammar.For(ChatSyntax.Named(syntax), Tools, ToolChoice.Auto), said));
        Assert.Equal("now", Assert.Single(Answer.Read(syntax, said, Tools).Calls).Name);
    }

    [Fact]
    public void Calls_may_be_several_or_one()
    {
        const string call = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";
        bool Accepts(ToolChoice choice, bool isParallel, string text) =>
            GrammarMatcher.IsMatch(ToolGrammar.For(ChatSyntax.Named("hermes"), Tools, choice, null, new() { IsParallel = isParallel }), text);

        Assert.True(Accepts(ToolChoice.Auto, true, $"{call}\n{call}{call}"));
        Assert.True(Accepts(ToolChoice.Auto, false, $"a {call}"));
        Assert.False(Accepts(ToolChoice.Auto, false, $"{call}\n{call}"));
        Assert.False(Accepts(ToolChoice.Named("now"), true, $"{call}\n{call}"));
    }

    [Fact]
    public void Reasoning_goes_on_where_the_prompt_left_it()
    {
        const string call = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";
        bool Accepts(ThinkingState thinking, string text) =>
            GrammarMatcher.IsMatch(ToolGrammar.For(ChatSyntax.Named("hermes"), Tools, ToolChoice.Required, null, new() { Thinking = thinking }), text);

        Assert.True(Accepts(ThinkingState.Open, $"I <tool_call> think\n</think>\n\n{call}"));
        Assert.False(Accepts(ThinkingState.Open, call));
        Assert.True(Accepts(ThinkingState.NotBegun, call));
        Assert.True(Accepts(ThinkingState.NotBegun, $"<think>\nI think\n</think>\n\n{call}"));
        Assert.False(Accepts(ThinkingState.NotBegun, $"I think\n</think>\n\n{call}"));
        Assert.True(Accepts(ThinkingState.Over, call));
        Assert.False(Accepts(ThinkingState.Over, $"<think></think>{call}"));
        Assert.True(Accepts(ThinkingState.Unknown, $"I think</think>{call}"));
    }

    [Fact]
    public void Items_that_must_differ_do_so_beside_other_text()
    {
        ToolDefinition tool = new("f", null, """{"properties": {"a": {"type": "array", "items": {"type": "integer"}, "uniqueItems": true}}}""");
        foreach (var (syntax, before, behind) in (IEnumerable<(string, string, string)>)
        [
            ("hermes", "Say \"hi\" [1, 1] {<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": ", "}}</tool_call>"),
            ("glm", "Say \"hi\" [1, 1]<tool_call>f<arg_key>a</arg_key><arg_value>", "</arg_value></tool_call>"),
        ])
        {
            var grammar = ToolGrammar.For(ChatSyntax.Named(syntax), [tool], ToolChoice.Auto);
            Assert.True(GrammarMatcher.IsMatch(grammar, $"{before}[1, 2]{behind}\n{before[before.IndexOf('<')..]}[1, 2]{behind}"));
            Assert.False(GrammarMatcher.IsMatch(grammar, $"{before}[1, 1]{behind}"));
            Assert.False(GrammarMatcher.IsMatch(grammar, $"{before}[1, 2]{behind}\n{before[before.IndexOf('<')..]}[2, 2]{behind}"));
        }
    }

    [Theory]
    [InlineData("s", "5", true)]
    [InlineData("s", "a\n</arg>", true)]
    [InlineData("i", "5", true)]
    [InlineData("i", "5.0", false)]
    [InlineData("i", "\"5\"", false)]
    [InlineData("m", "5", true)]
    [InlineData("m", "99", false)] // It would be read as a number, which may be 9 at most.
    [InlineData("m", "a 99", true)]
    [InlineData("e", "red", true)]
    [InlineData("e", "green", false)]
    [InlineData("r", "{\"x\": 1}", true)]
    [InlineData("r", "{\"x\": \"1\"}", false)]
    [InlineData("z", "1", false)]
    public void Values_between_tags_follow_their_schemas(string name, string value, bool isAccepted)
    {
        ToolDefinition tool = new("f", null, """
            {"properties": {"s": {"type": "string"}, "i": {"type": "integer"}, "m": {"anyOf": [{"type": "string"}, {"type": "integer", "maximum": 9}]},
             "e": {"enum": ["red", "blue"]}, "r": {"$ref": "#/$defs/r"}}, "$defs": {"r": {"type": "object", "properties": {"x": {"type": "integer"}}}}}
            """);
        var grammar = ToolGrammar.For(ChatSyntax.Named("glm"), [tool], ToolChoice.Required, null, new() { Thinking = ThinkingState.Over });
        Assert.Equal(isAccepted, GrammarMatcher.IsMatch(grammar, $"<tool_call>f\n<arg_key>{name}</arg_key>\n<arg_value>{value}</arg_value>\n</tool_call>"));
    }

    [Fact]
    public void What_cannot_be_called_is_refused()
    {
        var hermes = ChatSyntax.Named("hermes");
        Assert.Throws<ArgumentException>(() => ToolGrammar.For(ChatSyntax.Plain, Tools, ToolChoice.Required));
        Assert.Throws<ArgumentException>(() => ToolGrammar.For(hermes, [], ToolChoice.Required));
        Assert.Throws<ArgumentException>(() => ToolGrammar.For(hermes, Tools, ToolChoice.Named("later")));
        Assert.Throws<ArgumentException>(() => ToolGrammar.For(hermes, [new("a b")], ToolChoice.Auto));
        Assert.Throws<ArgumentException>(() => ToolGrammar.For(hermes, [new("a"), new("a")], ToolChoice.Auto));
        Assert.Throws<ArgumentException>(() => ToolGrammar.For(hermes, [new(null!)], ToolChoice.Auto));
        Assert.Throws<ArgumentNullException>(() => ToolGrammar.For(hermes, [null!], ToolChoice.Auto));
        Assert.Throws<GrammarException>(() => ToolGrammar.For(hermes, [new("a", null, """{"type": "string"}""")], ToolChoice.Auto));
        Assert.Throws<GrammarException>(() => ToolGrammar.For(ChatSyntax.Named("glm"), [new("a", null, """{"minProperties": 1}""")], ToolChoice.Auto));
        Assert.Throws<GrammarException>(() => Grammar.From(new(GrammarKind.Tools, "{}")));
        Assert.Throws<ArgumentException>(() => new ToolDefinition("a", null, "[]"));
        Assert.True(GrammarMatcher.IsMatch(ToolGrammar.For(ChatSyntax.Plain, Tools, ToolChoice.Auto), "<tool_call>"));
        Assert.True(GrammarMatcher.IsMatch(ToolGrammar.For(hermes, [new("a")], ToolChoice.Auto), "<tool_call>{\"name\": \"a\", \"arguments\": {\"b\": [1]}}</tool_call>"));
    }

    private static IEnumerable<string> Wrong(string text) =>
        new[]
        {
            text.Replace("get_weather", "get_rain"), text.Replace("days", "weeks"), text.Replace("007", "bond"), text.Replace("rain", "snow"),
            text.Replace("\"days\": 3", "\"days\": 33").Replace("\n3\n", "\n33\n").Replace(">3<", ">33<"),
            text.Replace("city", "town"),
        }.Where(wrong => wrong != text);

    private static bool Accepts(Grammar grammar, Tokenizer tokenizer, string text)
    {
        var constraint = new TokenConstraint(grammar, tokenizer);
        foreach (var token in tokenizer.Encode(text, parseSpecial: true))
        {
            if (!constraint.TryAdd(token))
            {
                return false;
            }

            Assert.True(constraint.IsComplete || constraint.Mask().Count > 0);
        }

        return constraint.IsComplete;
    }
}
