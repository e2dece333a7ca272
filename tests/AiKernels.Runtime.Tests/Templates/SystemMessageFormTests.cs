using AiKernels.Runtime.Templates;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Templates;

/// <summary>Which system messages templates write, found out by trying.</summary>
public class SystemMessageFormTests
{
    [Theory]
    [InlineData("{{ m.role }}: {{ m.content }}", true, true)]
    [InlineData("{% if m.role != 'developer' %}{{ m.content }}{% endif %}", false, true)]
    [InlineData("{% if m.role != 'system' or loop.first %}{{ m.content }}{% endif %}", true, false)]
    [InlineData("{% if m.role == 'developer' %}{{ raise_exception('no developers') }}{% endif %}{{ m.content }}", false, true)]
    [InlineData("{% if m.role == 'system' and not loop.first %}{{ raise_exception('one is enough') }}{% endif %}{{ m.content }}", true, false)]
    [InlineData("nothing", false, false)]
    public void A_template_gets_what_it_writes(string body, bool knowsDeveloper, bool takesSeveral) =>
        Assert.Equal(
            new SystemMessageForm(knowsDeveloper, takesSeveral),
            SystemMessageForm.Of(With((ChatTemplates.DefaultName, "{% for m in messages %}" + body + "{% endfor %}"))));

    [Fact]
    public void With_tools_the_template_for_tools_counts()
    {
        var templates = With((ChatTemplates.DefaultName, "nothing"), ("tool_use", "{% for m in messages %}{{ m.content }}{% endfor %}{{ tools|length }}"));
        Assert.Equal(new SystemMessageForm(false, false), SystemMessageForm.Of(templates));
        Assert.Equal(new SystemMessageForm(true, true), SystemMessageForm.Of(templates, hasTools: true));
    }

    [Theory]
    [InlineData("Qwen-Qwen2.5-7B-Instruct", false, true)]
    [InlineData("Qwen3-Coder", true, true)]
    [InlineData("Qwen3.5-4B", false, false)]
    [InlineData("meta-llama-Llama-3.1-8B-Instruct", true, true)]
    [InlineData("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", false, false)]
    [InlineData("deepseek-ai-DeepSeek-V3.1", false, true)]
    [InlineData("mistralai-Mistral-Nemo-Instruct-2407", false, false)]
    [InlineData("HuggingFaceTB-SmolLM3-3B", false, false)]
    [InlineData("openai-gpt-oss-120b", true, false)]
    public void Real_templates_do(string name, bool knowsDeveloper, bool takesSeveral) =>
        Assert.Equal(
            new SystemMessageForm(knowsDeveloper, takesSeveral),
            SystemMessageForm.Of(With((ChatTemplates.DefaultName, File.ReadAllText(TestData.Path($"templates/ik_llama.cpp/{name}.jinja"))))));

    private static ChatTemplates With(params (string Name, string Source)[] templates) =>
        new(templates.Select(template => (template.Name, (Func<ChatTemplate>)(() => ChatTemplate.Parse(template.Source)))), Templates.Variables());
}
