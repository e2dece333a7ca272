using System.Text.Json;
using Xunit;

namespace AiKernels.Cli.Tests;

public class RenderTests
{
    private const string Context = """{"messages": [{"role": "user", "content": "Olá"}], "add_generation_prompt": true, "x": 5}""";

    [Fact]
    public void A_template_gives_its_prompt_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["mine.jinja"], "{{ x }}{% for m in messages %}{{ m.content }}{% endfor %}!\n\n");
        File.WriteAllText(folder["context.json"], Context);

        var run = CommandLineProcess.Run("render", folder["mine.jinja"], folder["context.json"]);

        Assert.Equal((0, "5Olá!\n", ""), (run.ExitCode, run.Text, run.Error));
    }

    [Fact]
    public void A_dash_is_standard_input()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["mine.jinja"], "{{ messages[0].content }}");

        var run = CommandLineProcess.RunWithInput(Context, "render", folder["mine.jinja"], "-");

        Assert.Equal((0, "Olá", ""), (run.ExitCode, run.Text, run.Error));
    }

    [Fact]
    public void The_time_can_be_set()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["now.jinja"], "{{ strftime_now('%d %B %Y %H:%M %z') }}");
        File.WriteAllText(folder["context.json"], Context);

        Assert.Equal(
            "10 July 2025 12:00 +0000",
            CommandLineProcess.Run("render", folder["now.jinja"], folder["context.json"], "--now", "2025-07-10T12:00Z").Text);
        Assert.Equal(
            "10 July 2025 14:00 +0200",
            CommandLineProcess.Run("render", folder["now.jinja"], folder["context.json"], "--now", "2025-07-10T14:00+02:00").Text);
    }

    [Fact]
    public void A_folder_and_a_model_have_tokens_and_templates_by_name()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["context.json"], Context);
        File.WriteAllText(folder["tokenizer_config.json"], """
            {"bos_token": "<b>", "chat_template": [{"name": "default", "template": "{{ bos_token }}"}, {"name": "loud", "template": "LOUD"}]}
            """);

        Assert.Equal("<b>", CommandLineProcess.Run("render", folder.Path, folder["context.json"]).Text);
        Assert.Equal("LOUD", CommandLineProcess.Run("render", folder.Path, folder["context.json"], "--template", "loud").Text);
        Assert.Equal(
            "<|im_start|>user\nOlá<|im_end|>\n<|im_start|>assistant\n",
            CommandLineProcess.Run("render", "demo", folder["context.json"], "--template", "chatml").Text);
    }

    [Fact]
    public void Json_has_the_generated_parts()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["mine.jinja"], "a{% generation %}é<{% endgeneration %}");
        File.WriteAllText(folder["context.json"], "{}");

        using var json = JsonDocument.Parse(CommandLineProcess.Run("render", folder["mine.jinja"], folder["context.json"], "--json").Output);

        Assert.Equal("aé<", json.RootElement.GetProperty("text").GetString());
        var part = Assert.Single(json.RootElement.GetProperty("generated").EnumerateArray());
        Assert.Equal((1, 2), (part.GetProperty("start").GetInt32(), part.GetProperty("length").GetInt32()));
    }

    [Fact]
    public void Json_is_readable_and_nothing_in_it_is_obeyed_by_a_terminal()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["mine.jinja"], "<|im_start|>'Olá' \"&\\+ 汉字 🙂\t{{ s }}");
        File.WriteAllText(folder["context.json"], """{"s": "\u001b[2J\u007f\u009b\u202e\u2028\ud83d\ude00\udb40\udc41"}""");

        var line = CommandLineProcess.Run("render", folder["mine.jinja"], folder["context.json"], "--json").Text;

        Assert.StartsWith("""{"text":"<|im_start|>'Olá' \"&\\+ 汉字 🙂\t\u001B[2J\u007F\u009B\u202E\u2028😀\uDB40\uDC41",""", line, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(line);
        Assert.Equal("<|im_start|>'Olá' \"&\\+ 汉字 🙂\t\u001b[2J\u007f\u009b\u202e\u2028😀\U000E0041", json.RootElement.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("{{ x.y.z }}", "{}", "'x' is undefined, so it has no 'y' (template t.jinja, line 1, column 5)")]
    [InlineData("{{ raise_exception('Roles must\nalternate') }}", "{}", "Roles must\\nalternate (template t.jinja")]
    [InlineData("{{", "{}", "a tag has no end '}}'")]
    [InlineData("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}", "{}", "steps that are allowed")]
    [InlineData("", "[]", "holds no JSON object")]
    [InlineData("", "{", "is no valid JSON")]
    [InlineData("", "{\"a\": 1, \"a\": 2}", "is no valid JSON")]
    [InlineData("{{ x }}", "{\"x\": \"\\ud83d\"}", "'x' is no valid JSON")]
    public void A_bad_template_or_context_is_one_sentence(string template, string context, string part)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["t.jinja"], template);
        File.WriteAllText(folder["context.json"], context);
        ErrorTests.AssertFault(CommandLineProcess.Run("render", folder["t.jinja"], folder["context.json"]), part);
    }

    [Theory]
    [InlineData("tokenizer_config.json", "is no GGUF file, nor does its name end as a template's (.jinja, .jinja2, .j2); of a folder with it, give the folder")]
    [InlineData("template.txt", "is no GGUF file, nor does its name end as a template's (.jinja, .jinja2, .j2).")]
    public void A_file_of_another_kind_is_told_what_is_taken(string name, string part)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[name], """{"chat_template": "a"}""");
        File.WriteAllText(folder["context.json"], "{}");
        ErrorTests.AssertFault(CommandLineProcess.Run("render", folder[name], folder["context.json"]), part);
        ErrorTests.AssertFault(CommandLineProcess.Run("render", folder["nothing.gguf"], folder["context.json"]), "there is no file");
        Assert.Contains("(.jinja, .jinja2, .j2)", CommandLineProcess.Run("render", "--help").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_without_a_folder_leads_to_the_file_beside_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["template.txt"], "a");
        File.WriteAllText(folder["context.json"], "{}");
        File.CreateSymbolicLink(folder["link"], "template.txt");
        using var process = CommandLineProcess.Start(CommandLineProcess.Host, [], [CommandLineProcess.ProgramPath, "render", "link", "context.json"], folder.Path);
        ErrorTests.AssertFault(CommandLineProcess.Finish(process), "'link' is no GGUF file, nor");
    }

    [Fact]
    public void A_damaged_gguf_file_is_told_its_damage()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["model.gguf"], "GGUF\u0003");
        File.WriteAllText(folder["context.json"], "{}");
        var run = CommandLineProcess.Run("render", folder["model.gguf"], folder["context.json"]);
        Assert.Equal(1, run.ExitCode);
        Assert.DoesNotContain("is no GGUF file", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_has_no_other_templates()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["t.jinja"], "");
        File.WriteAllText(folder["context.json"], "{}");
        ErrorTests.AssertFault(
            CommandLineProcess.Run("render", folder["t.jinja"], folder["context.json"], "--template", "chatml"), "--template is for models");
        ErrorTests.AssertFault(CommandLineProcess.Run("render", "demo", folder["context.json"]), "the model brings no chat template; name one that is built in: chatml");
        ErrorTests.AssertFault(CommandLineProcess.Run("render", "demo", folder["context.json"], "--now", "soon"), "--now needs a time");
    }
}
