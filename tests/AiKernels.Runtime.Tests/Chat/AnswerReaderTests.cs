using System.Text.Json;
using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Chat;

public sealed class AnswerReaderTests
{
    [Fact]
    public void Parts_come_as_soon_as_they_are_certain()
    {
        var tokenizer = ChatVocabulary.Bytes;
        var reader = new AnswerReader(ChatSyntax.Named("hermes"), tokenizer, []);
        AnswerPart[] Append(string text) => [.. tokenizer.Encode(text).SelectMany(reader.Append).Where(part => part is not TextPart)];

        Assert.Equal([new TextPart("A")], reader.Append(tokenizer.Encode("A")[0]));
        Assert.Empty(Append("\n<tool_call>\n{\"name\": \"f\", \"arguments\": "));
        Assert.Equal([new ToolCallStart(0, null, "f"), new ToolCallArguments(0, "{")], Append("{"));
        Assert.Equal([new ToolCallArguments(0, "\""), new ToolCallArguments(0, "a")], Append("\"a"));
        Assert.Equal("\": 1}", string.Concat(Append("\": 1}").Cast<ToolCallArguments>().Select(part => part.Json)));
        Assert.Equal([new ToolCallEnd(0)], Append("}\n</tool_call>"));
        Assert.Empty(Append("\n"));
        Assert.Equal([new TextPart("B")], reader.Append(tokenizer.Encode("B")[0]));
        Assert.Empty(reader.Finish());
    }

    [Fact]
    public void Nothing_is_read_behind_the_end()
    {
        var reader = new AnswerReader(ChatSyntax.Named("hermes"), ChatVocabulary.Bytes, []);
        reader.Finish();
        Assert.Throws<InvalidOperationException>(() => reader.Append(ChatVocabulary.Bytes.Encode("a")[0]));
    }

    [Fact]
    public void Strings_between_tags_stream_as_well()
    {
        var tokenizer = ChatVocabulary.Bytes;
        var reader = new AnswerReader(ChatSyntax.Named("qwen3-coder"), tokenizer, [], ChatCase.Tools);
        _ = tokenizer.Encode("<tool_call>\n<function=get_weather>\n<parameter=city>\n").SelectMany(reader.Append).Count();
        Assert.Equal("Z", string.Concat(tokenizer.Encode("Z").SelectMany(reader.Append).Cast<ToolCallArguments>().Select(part => part.Json)));
        Assert.Equal("\\\"", string.Concat(tokenizer.Encode("\"").SelectMany(reader.Append).Cast<ToolCallArguments>().Select(part => part.Json)));
    }

    [Theory]
    [InlineData("hermes", "<|im_start|>assistant\n<think>\n", "Hm.\n</think>\n\nYes.", "Yes.", "Hm.")]
    [InlineData("hermes", "<|im_start|>assistant\n<think>\n\n</think>\n\n", "Yes.", "Yes.", "")]
    [InlineData("hermes", "<|im_start|>assistant\n", "<think>\nHm.\n</think>\n\nYes.", "Yes.", "Hm.")]
    [InlineData("hermes", "<|im_start|>assistant\n", "Write <think> first.", "Write <think> first.", "")]
    [InlineData("hermes", "<|im_start|>user\nWhat is <think><|im_end|>\n<|im_start|>assistant\n", "A tag.", "A tag.", "")]
    [InlineData("hermes", "<|im_start|>assistant\n<think>", "Hm. I was cut off ", "", "Hm. I was cut off ")]
    [InlineData("mistral-args", "</s>", "[THINK]Hm.[/THINK]Yes.", "Yes.", "Hm.")]
    [InlineData("harmony", "<|start|>assistant", "<|channel|>analysis<|message|>Hm. <|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|>", "Yes.", "Hm. ")]
    [InlineData("harmony", "<|start|>assistant<|channel|>final<|message|>", "Yes.<|return|>", "Yes.", "")]
    [InlineData("harmony", "<|start|>assistant<|channel|>analysis", "<|message|>Hm.<|end|><|start|>assistant<|message|>Yes.", "Yes.", "Hm.")]
    [InlineData("harmony", "<|start|>assistant", "<|channel|>commentary<|message|>Wait.<|end|>", "Wait.", "")]
    [InlineData("plain", "<think>", "Hm.</think>Yes.", "Hm.</think>Yes.", "")]
    [InlineData("hermes", "<|im_start|>assistant\n<think>", "Hm.</think>\n \n    indented", "    indented", "Hm.")]
    [InlineData("harmony", "<|start|>assistant", "<|channel|>commentary<|message|>One.<|end|><|start|>assistant<|channel|>final<|message|>Two.", "One.\nTwo.", "")]
    [InlineData("harmony", "<|start|>assistant", "<|channel|>analysis<|message|>One.<|end|><|start|>assistant<|channel|>analysis<|message|>Two.<|end|>", "", "One.\nTwo.")]
    [InlineData("harmony", "<|start|>assistant", "<|channel|>analysis<|message|>One.<|end|><|start|>assistant<|channel|>fin", "", "One.")]
    [InlineData("harmony", "<|start|>assistant", "<|channel|>analysis<|message|>One.<|end|><|start|>assi", "", "One.")]
    [InlineData("harmony", "<|start|>assistant", "<|channel|>anal", "", "")]
    public void Reasoning_goes_on_where_the_prompt_left_it(string syntax, string prompt, string said, string text, string reasoning)
    {
        var family = ChatSyntax.Named(syntax);
        var tokenizer = ChatVocabulary.WithControls(family);
        foreach (var isSpecial in (bool[])[true, false])
        {
            var answer = Answer.Read(family, tokenizer, tokenizer.Encode(prompt, parseSpecial: true), tokenizer.Encode(said, isSpecial));
            Assert.Equal(text, answer.Text);
            Assert.Equal(reasoning, answer.Reasoning);
            Assert.Empty(answer.Calls);
        }
    }

    [Theory]
    [InlineData(TokenType.Control)]
    [InlineData(TokenType.UserDefined)]
    public void A_users_words_open_no_reasoning(TokenType type)
    {
        var syntax = ChatSyntax.Named("hermes");
        var tokenizer = ChatVocabulary.With([], ["<think>", "</think>"], type);
        ThinkingState After(string prompt) => syntax.ThinkingAfter(tokenizer, tokenizer.Encode(prompt, parseSpecial: true));
        Assert.Equal(ThinkingState.NotBegun, After("<|im_start|>user\nWrite <think><|im_end|>\n<|im_start|>assistant\n"));
        Assert.Equal(ThinkingState.Open, After("<|im_start|>user\nWrite </think><|im_end|>\n<|im_start|>assistant\n<think>\n"));
        Assert.Equal(ThinkingState.Over, After("<|im_start|>assistant\n<think>\n\n</think>\n\n"));
    }

    [Fact]
    public void Where_turns_have_no_tokens_the_generation_prompt_tells()
    {
        const string prompt = "User: write <think>\nAssistant: ";
        var (syntax, tokenizer) = (ChatSyntax.Named("hermes"), ChatVocabulary.Bytes);
        Assert.Equal(ThinkingState.NotBegun, syntax.ThinkingAfter("Assistant: "));
        Assert.Equal(ThinkingState.Open, syntax.ThinkingAfter("Assistant: <think>"));
        var reader = new AnswerReader(syntax, tokenizer, tokenizer.Encode(prompt), null, new() { GenerationPrompt = "Assistant: " });
        Assert.Equal("Yes.", Answer.Of([.. tokenizer.Encode("Yes.").SelectMany(reader.Append), .. reader.Finish()]).Text);
    }

    [Fact]
    public void Without_tools_nothing_is_a_call()
    {
        foreach (var chat in ChatCase.All.Where(chat => chat.Syntax != "harmony" && !chat.HasReasoning))
        {
            var said = chat.Render();
            Assert.Equal(said, Answer.Read(chat.Syntax, said, []).Text);
        }
    }

    [Theory]
    [InlineData("hermes", "<tool_call>{\"name\":\"f\",\"arguments\":{}}", "{}")] // Its closing marker was the answer's end.
    [InlineData("hermes", "<tool_call>{\"arguments\":{\"a\":[1,{}]},\"name\":\"f\"}</tool_call>", "{\"a\":[1,{}]}")]
    [InlineData("hermes", "<tool_call>{\"name\":\"f\",\"arguments\":\"{\\\"a\\\": 1}\"}</tool_call>", "{\"a\": 1}")]
    [InlineData("hermes", "<tool_call>{\"name\":\"f\"}</tool_call>", "{}")]
    [InlineData("hermes", "<tool_call>{\"name\":\"f\",\"parameters\":{\"a\":\"</tool_call>\"}}</tool_call>", "{\"a\":\"</tool_call>\"}")]
    [InlineData("deepseek-r1", "<｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{\n  \"a\": 1\n}\n```<｜tool▁call▁end｜>", "{\n  \"a\": 1\n}")]
    [InlineData("kimi-k2", "<|tool_calls_section_begin|><|tool_call_begin|>functions.f:3<|tool_call_argument_begin|>{}<|tool_call_end|>", "{}")]
    [InlineData("mistral", "[TOOL_CALLS] [{\"name\": \"f\", \"arguments\": {}, \"id\": \"123456789\"}]", "{}")]
    [InlineData("mistral-args", "[TOOL_CALLS]f[CALL_ID]123456789[ARGS]{}", "{}")]
    [InlineData("llama3", "<|python_tag|>{\"type\": \"function\", \"name\": \"f\", \"parameters\": {}}", "{}")]
    [InlineData("llama3", " {\"name\": \"f\", \"parameters\": {\"a\": -1.5e3}}", "{\"a\": -1.5e3}")]
    [InlineData("glm", "<tool_call>f</tool_call>", "{}")]
    [InlineData("glm", "<tool_call>f<arg_key>a</arg_key><arg_value>{\"b\": 1}</arg_value></tool_call>", "{\"a\": {\"b\": 1}}")]
    [InlineData("qwen3-coder", "<tool_call><function=f><parameter=a>True</parameter></function></tool_call>", "{\"a\": true}")]
    [InlineData("qwen3-coder", "<tool_call><function=f><parameter=a>1</parameter><parameter=a>2</parameter></function></tool_call>", "{\"a\": 1, \"a\": 2}")] // As JSON has it: the last one counts.
    [InlineData("qwen3-coder", "<function=f>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>", "{\"a\": 1}")] // Models forget how it begins.
    [InlineData("hermes", "<tool_call>{\"name\":\"f\",\"arguments\":null}</tool_call>", "{}")]
    [InlineData("llama3", "{\"type\": \"function\", \"name\": \"f\", \"parameters\": {}}", "{}")]
    [InlineData("harmony", "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{\"a\": 1}<|call|>", "{\"a\": 1}")]
    [InlineData("harmony", "<|channel|>commentary to=functions.f json<|message|>{\"a\": 1}", "{\"a\": 1}")]
    [InlineData("harmony", " to=functions.f<|channel|>commentary json<|message|>{}<|call|>", "{}")]
    public void Calls_are_read_in_all_their_forms(string syntax, string said, string arguments)
    {
        var answer = Answer.Read(syntax, said, [new ToolDefinition("f")]);
        var call = Assert.Single(answer.Calls);
        Assert.Equal(("f", arguments), (call.Name, call.Arguments));
        Assert.Equal("", answer.Text + answer.Reasoning);
    }

    [Theory]
    [InlineData("hermes", "<tool_call>{\"name\":\"f\",\"arguments\":{\"a\":")]
    [InlineData("hermes", "a <tool_call>\n{\"name\": f}\n</tool_call> b")]
    [InlineData("hermes", "<tool_call>{\"name\":\"f\",\"arguments\":[1]}</tool_call>")]
    [InlineData("hermes", "<tool_call>{\"name\":\"f\",\"arguments\":{}} and so on")]
    [InlineData("hermes", "<tool_call>{\"name\":\"f\",\"note\":1,\"arguments\":{}}</tool_call>")]
    [InlineData("hermes", "<tool_call>{\"name\":\"g\",\"arguments\":{}}</tool_call>")]
    [InlineData("glm", "a <tool_call>g</tool_call>")]
    [InlineData("kimi-k2", "<|tool_call_begin|>functions.g:0<|tool_call_argument_begin|>{}<|tool_call_end|>")]
    [InlineData("harmony", "<|channel|>commentary to=functions.g<|message|>{}")]
    [InlineData("qwen3-coder", "Write <function=g></function></tool_call>")]
    [InlineData("qwen3-coder", "<tool_call>\n<function=f>\n<parameter=a>\n1\n</par")]
    [InlineData("glm", "<tool_call>f\n<arg_key>a</arg_key>\n<arg_value>1</arg_value>")]
    [InlineData("llama3", "{\"name\": \"Bob\", \"parameters\": {\"age\": 3}}")]
    [InlineData("llama3", "{\"name\": \"f\", \"age\": 3}")]
    [InlineData("llama3", "{\"name\": \"f\"}")]
    [InlineData("llama3", "As JSON: {\"name\": \"f\", \"parameters\": {}}")]
    [InlineData("llama3", "<|python_tag|>f.call(a=1)")]
    [InlineData("mistral-args", "[TOOL_CALLS]f {}")]
    [InlineData("harmony", "<|channel|>commentary to=functions.f<|message|>not JSON")]
    [InlineData("harmony", "<|channel|>whatever<|message|>a")]
    [InlineData("harmony", "Just text with <|channel|> in it")]
    [InlineData("think", "<tool_call>{}</tool_call>")]
    public void What_is_no_call_is_text(string syntax, string said)
    {
        var answer = Answer.Read(syntax, said, [new ToolDefinition("f")]);
        Assert.Equal(said, answer.Text);
        Assert.Empty(answer.Calls);
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(70, false)]
    [InlineData(100_000, false)]
    public void Values_are_as_deep_as_readers_of_JSON_go(int depth, bool isCall)
    {
        var value = new string('[', depth) + new string(']', depth);
        foreach (var (syntax, said) in (IEnumerable<(string, string)>)
        [
            ("hermes", $"<tool_call>{{\"name\":\"f\",\"arguments\":{{\"a\":{value}}}}}</tool_call>"),
            ("harmony", $"<|channel|>commentary to=functions.f<|message|>{{\"a\":{value}}}"),
        ])
        {
            var answer = Answer.Read(syntax, said);
            Assert.Equal(isCall ? "" : said, answer.Text);
            Assert.All(answer.Calls, call => JsonDocument.Parse(call.Arguments).Dispose());
            Assert.Equal(isCall ? 1 : 0, answer.Calls.Count);
        }

        var arguments = Answer.Read("glm", $"<tool_call>f<arg_key>a</arg_key><arg_value>{value}</arg_value></tool_call>").Calls[0].Arguments;
        Assert.Equal(isCall ? JsonValueKind.Array : JsonValueKind.String, JsonElement.Parse(arguments).GetProperty("a").ValueKind);
    }

    [Fact]
    public void A_tag_within_a_string_of_JSON_closes_nothing()
    {
        ToolDefinition tool = new("f", null, """{"properties": {"a": {"type": "array"}}}""");
        var answer = Answer.Read("glm", "<tool_call>f<arg_key>a</arg_key><arg_value>[\"</arg_value>\", 1]</arg_value></tool_call>", [tool]);
        Assert.Equal("{\"a\": [\"</arg_value>\", 1]}", Assert.Single(answer.Calls).Arguments);
    }

    [Fact]
    public void A_broken_call_takes_no_other_with_it()
    {
        var answer = Answer.Read("hermes", "<tool_call>{\"name\":\"f\",\"arguments\":{,</tool_call>\n<tool_call>{\"name\":\"g\",\"arguments\":{}}</tool_call>");
        Assert.Equal("<tool_call>{\"name\":\"f\",\"arguments\":{,</tool_call>", answer.Text);
        Assert.Equal("g", Assert.Single(answer.Calls).Name);
    }

    [Fact]
    public void Parameters_are_what_their_schemas_say()
    {
        ToolDefinition tool = new("f", null, """
            {"properties": {"s": {"type": "string"}, "i": {"type": "integer"}, "e": {"enum": ["1", "2"]}, "n": {"type": ["string", "null"]},
             "o": {"$ref": "#/$defs/o"}, "a": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}, "$defs": {"o": {"type": "object"}}}
            """);
        (string Name, string Value)[] said = [("s", "1"), ("i", "1"), ("e", "1"), ("n", "null"), ("o", "{}"), ("a", "1"), ("x", "1"), ("y", "one")];
        var values = string.Concat(said.Select(one => $"<arg_key>{one.Name}</arg_key>\n<arg_value>{one.Value}</arg_value>\n"));
        var answer = Answer.Read("glm", $"<tool_call>f\n{values}</tool_call>", [tool]);
        Assert.Equal("""{"s": "1", "i": 1, "e": "1", "n": null, "o": {}, "a": 1, "x": 1, "y": "one"}""", Assert.Single(answer.Calls).Arguments);
    }

    [Fact]
    public void A_token_that_is_not_in_the_vocabulary_is_refused_and_syntaxes_have_names()
    {
        var reader = new AnswerReader(ChatSyntax.Plain, ChatVocabulary.Bytes, []);
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Append(100_000));
        Assert.Contains("hermes", Assert.Throws<ArgumentException>(() => ChatSyntax.Named("none")).Message, StringComparison.Ordinal);
        Assert.All(ChatSyntax.Names, name => Assert.Equal(name, ChatSyntax.Named(name).ToString()));
    }
}
