using AiKernels.Runtime.Templates;
using Xunit;

namespace AiKernels.Runtime.Tests.Templates;

/// <summary>How templates want tool calls, found out by trying.</summary>
public class ToolCallFormTests
{
    [Theory]
    [InlineData("{{ call.function.arguments | tojson }}", false, false)]
    [InlineData("{{ '' + call.function.arguments }}", true, false)]
    [InlineData("{% for name, value in call.function.arguments.items() %}{{ name }}={{ value }}{% endfor %}", false, false)]
    [InlineData("{{ call.function.arguments if call.function.arguments is string else raise_exception('a text') }}", true, false)]
    [InlineData("{% if m.content is none %}{{ call.function.arguments | tojson }}{% endif %}", false, true)]
    [InlineData("{% if m.content is none %}{{ '' + call.function.arguments }}{% endif %}", true, true)]
    [InlineData("{{ call.function.arguments | tojson }}{{ '' if m.content is none else '<end>' }}", false, true)]
    public void A_template_gets_what_it_can_write(string arguments, bool areText, bool isNull)
    {
        var source = "{% for m in messages %}{% for call in m.tool_calls or [] %}{{ call.function.name }}" + arguments + "{% endfor %}{% endfor %}";
        Assert.Equal(new ToolCallForm(areText, isNull), Of(source));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("{{ raise_exception('no calls') }}")]
    public void A_template_without_calls_says_so(string source) =>
        Assert.Equal(new ToolCallForm(false, false) { KeepsCalls = false }, Of(source));

    [Fact]
    public void Of_several_templates_the_one_for_tools_counts()
    {
        const string calls = "{% for m in messages %}{% for call in m.tool_calls or [] %}{{ call.function.name }}{{ '' + call.function.arguments }}{% endfor %}{% endfor %}";
        var templates = new ChatTemplates([(ChatTemplates.DefaultName, () => ChatTemplate.Parse("no calls")), ("tool_use", () => ChatTemplate.Parse(calls))], []);
        Assert.Equal(new ToolCallForm(true, false), ToolCallForm.Of(templates));
        Assert.False(ToolCallForm.Of(templates, ChatTemplates.DefaultName).KeepsCalls);
        Assert.Equal((calls, "no calls"), (templates.For(hasTools: true).Source, templates.For(hasTools: false).Source));
        Assert.Equal("no calls", templates.For(hasTools: true, ChatTemplates.DefaultName).Source);
    }

    [Theory]
    [InlineData("NousResearch-Hermes-3-Llama-3.1-8B-tool_use", false, false)]
    [InlineData("Qwen-Qwen2.5-7B-Instruct", false, false)]
    [InlineData("Qwen3-Coder", false, false)]
    [InlineData("GLM-4.6", false, false)]
    [InlineData("meta-llama-Llama-3.1-8B-Instruct", false, false)]
    [InlineData("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", false, true)]
    [InlineData("deepseek-ai-DeepSeek-V3.1", false, false)]
    [InlineData("moonshotai-Kimi-K2", false, false)]
    [InlineData("mistralai-Mistral-Nemo-Instruct-2407", false, false)]
    [InlineData("openai-gpt-oss-120b", false, false)]
    public void Real_templates_do(string name, bool areText, bool isNull)
    {
        var source = File.ReadAllText(AiKernels.Tests.Shared.TestData.Path($"templates/ik_llama.cpp/{name}.jinja"));
        Assert.Equal(new ToolCallForm(areText, isNull), Of(source));
    }

    [Fact]
    public void A_template_that_is_not_there_is_refused() =>
        Assert.Throws<ArgumentException>(() => ToolCallForm.Of(ChatTemplates.None, "none"));

    private static ToolCallForm Of(string source) => ToolCallForm.Of(new ChatTemplates([(ChatTemplates.DefaultName, () => ChatTemplate.Parse(source))], Templates.Variables()));
}
