using System.Text.Json.Nodes;
using AiKernels.Runtime.Templates;
using Xunit;

namespace AiKernels.Runtime.Tests.Templates;

public sealed class ChatTemplateTests
{
    private const string Conversation = """
        {"messages": [{"role": "system", "content": " Be kind. "}, {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
        {"role": "assistant", "content": "Hi 🦙!"}, {"role": "user", "content": "Bye"}], "add_generation_prompt": true}
        """;

    [Theory]
    [InlineData("chatml", "<|im_start|>system\n Be kind. <|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n[Hi 🦙!<|im_end|>]\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData("llama2", "<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHello [/INST] [Hi 🦙! </s>]<s>[INST] Bye [/INST]")]
    [InlineData("llama3", "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n[Hi 🦙!<|eot_id|>]<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData("mistral", "<s>[INST] Be kind.\n\nHello [/INST] [Hi 🦙!</s>][INST] Bye [/INST]")]
    [InlineData("gemma", "<bos><start_of_turn>user\nBe kind.\n\nHello<end_of_turn>\n<start_of_turn>model\n[Hi 🦙!<end_of_turn>]\n<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n")]
    [InlineData("phi3", "<|system|>\n Be kind. <|end|>\n<|user|>\nHello<|end|>\n<|assistant|>\n[Hi 🦙!<|end|>]\n<|user|>\nBye<|end|>\n<|assistant|>\n")]
    [InlineData("deepseek", "<｜begin▁of▁sentence｜>Be kind.<｜User｜>Hello<｜Assistant｜>[Hi 🦙!<｜end▁of▁sentence｜>]<｜User｜>Bye<｜Assistant｜>")]
    [InlineData("zephyr", "<|system|>\n Be kind. </s>\n<|user|>\nHello</s>\n<|assistant|>\n[Hi 🦙!</s>]\n<|user|>\nBye</s>\n<|assistant|>\n")]
    [InlineData("vicuna", "Be kind. USER: Hello ASSISTANT: [Hi 🦙!</s>]USER: Bye ASSISTANT:")]
    [InlineData("alpaca", "Be kind.\n\n### Instruction:\nHello\n\n### Response:\n[Hi 🦙!</s>]\n\n### Instruction:\nBye\n\n### Response:\n")]
    public void Built_in_templates_write_their_format_and_mark_what_the_model_says(string name, string expected)
    {
        Assert.Contains(name, ChatTemplate.BuiltInNames);
        var prompt = ChatTemplate.BuiltIn(name).Render(JsonNode.Parse(Conversation)!.AsObject());

        // In brackets: what is generated.
        var (start, length) = Assert.Single(prompt.Generated);
        Assert.Equal(expected, prompt.Text.Insert(start + length, "]").Insert(start, "["));
    }

    [Fact]
    public void Every_built_in_template_renders_without_messages_too() => Assert.All(
        ChatTemplate.BuiltInNames, name => ChatTemplate.BuiltIn(name).Render(new JsonObject { ["messages"] = new JsonArray() }));

    [Fact]
    public void There_is_no_built_in_template_of_another_name() =>
        Assert.Contains("chatml", Assert.Throws<ArgumentException>(() => ChatTemplate.BuiltIn("gpt-5")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("a{% generation %}b{% endgeneration %}c{% generation %}dd{% endgeneration %}", "1+1 3+2")]
    [InlineData("{% generation %}a{% generation %}b{% endgeneration %}{% endgeneration %}", "0+2")]
    [InlineData("{% macro m() %}x{% generation %}y{% endgeneration %}{% endmacro %}a{{ m() }}b", "2+1")]
    [InlineData("{% macro m() %}x{% generation %}y{% endgeneration %}{% endmacro %}a{{ m()|upper }}b{% generation %}c{% endgeneration %}", "4+1")]
    [InlineData("{% set x %}{% generation %}y{% endgeneration %}{% endset %}{{ x }}", "")]
    [InlineData("{% for i in [1, 2] %}{{ i }}{% generation %}{{ 'ab' * i }}{% endgeneration %}{% endfor %}", "1+2 4+4")]
    [InlineData("{% generation %}{% endgeneration %}", "0+0")]
    public void Generated_parts_are_noted_where_they_are_written(string template, string expected)
    {
        var prompt = ChatTemplate.Parse(template).Render([]);
        Assert.Equal(expected, string.Join(' ', prompt.Generated.Select(span => $"{span.Start}+{span.Length}")));
        Assert.All(prompt.Generated, span => Assert.InRange(span.Start + span.Length, span.Start, prompt.Text.Length));
    }

    [Fact]
    public void A_context_keeps_its_numbers_and_is_not_changed()
    {
        var context = new JsonObject
        {
            ["a"] = 1,
            ["b"] = 1.0,
            ["c"] = 1f,
            ["d"] = 1m,
            ["e"] = 1L << 40,
            ["f"] = "x",
            ["g"] = 'y',
            ["h"] = true,
            ["i"] = null,
            ["j"] = JsonNode.Parse("[1, 1.0, 1e2, -0, -0.0, 1E-7, 9007199254740993, \"\\u00e9\"]"),
            ["k"] = DateTime.UnixEpoch,
        };
        var before = context.ToJsonString();
        Assert.Equal(
            "1 1.0 1.0 1 1099511627776 x y True None [1, 1.0, 100.0, 0, -0.0, 1e-07, 9007199254740993, 'é'] 1970-01-01T00:00:00Z",
            Templates.Render("{{ [a, b, c, d, e, f, g, h, i, j, k]|map('string')|join(' ') }}", context));
        Assert.Equal("8", Templates.Render("{{ j.pop() and '' }}{% set _ = j.append(1) %}{{ j|length }}", context));
        Assert.Equal(before, context.ToJsonString());
    }

    [Fact]
    public void The_context_goes_before_functions() =>
        Assert.Equal("7 True", Templates.Render("{{ range }} {{ namespace is callable }}", """{"range": 7}"""));

    [Fact]
    public void Renderings_of_one_template_do_not_touch_each_other()
    {
        var template = ChatTemplate.Parse("{% set c = '🦙a' %}{% set l = [0] %}{% for i in range(n) %}{% set _ = l.append(i) %}{% endfor %}{{ l|sum }}{{ c[1] }}");
        Parallel.For(0, 200, n => Assert.Equal($"{n * (n - 1) / 2}a", template.Render(new JsonObject { ["n"] = n }).Text));
    }

    [Fact]
    public void The_time_is_that_of_the_clocks_zone()
    {
        var clock = new ZonedClock();
        var options = new TemplateOptions { Clock = clock };
        Assert.Equal("2025-01-01 01:30 +0200", ChatTemplate.Parse("{{ strftime_now('%Y-%m-%d %H:%M %z') }}").Render([], options).Text);
    }

    [Fact]
    public void Source_and_name_are_kept()
    {
        var template = ChatTemplate.Parse("a\r\nb\rc\n", "x");
        Assert.Equal(("a\nb\nc", "x"), (template.Source, template.Name));
    }

    private sealed class ZonedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.CreateCustomTimeZone("two", TimeSpan.FromHours(2), "two", "two");

        public override DateTimeOffset GetUtcNow() => new(2024, 12, 31, 23, 30, 0, TimeSpan.Zero);
    }
}
