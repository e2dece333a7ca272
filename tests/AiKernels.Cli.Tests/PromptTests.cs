using System.Text.Json;
using Xunit;

namespace AiKernels.Cli.Tests;

public class PromptTests
{
    private const string Begin = "<|endoftext|>";

    [Fact]
    public void What_render_prints_is_a_prompt_with_the_begin_token_once_and_its_last_line_end()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["context.json"], """{"messages": [{"role": "user", "content": "Olá"}]}""");
        File.WriteAllText(folder["mine.jinja"], Begin + "{{ messages[0].content }}\n\n"); // Templates lose the last one.
        var rendered = CommandLineProcess.Run("render", folder["mine.jinja"], folder["context.json"]).Text;
        Assert.Equal($"{Begin}Olá\n", rendered);

        var run = CommandLineProcess.RunWithInput(rendered, "run", "demo", "-f", "-", "-n", "1", "--echo", "--receipt", folder["receipt.json"]);

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith(rendered, run.Text, StringComparison.Ordinal);
        Assert.Equal(Ids("Olá\n", "--special"), PromptOf(folder["receipt.json"]));
    }

    [Fact]
    public void A_file_is_the_same_prompt_as_its_text()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["prompt.txt"], "ROMEO:\n");

        CommandLineProcess.Run("run", "demo", "-f", folder["prompt.txt"], "-n", "1", "--receipt", folder["file.json"]);
        CommandLineProcess.Run("run", "demo", "-p", "ROMEO:\n", "-n", "1", "--receipt", folder["text.json"]);

        Assert.Equal(PromptOf(folder["text.json"]), PromptOf(folder["file.json"]));
    }

    [Theory]
    [InlineData("a" + Begin)]
    [InlineData(Begin + Begin)]
    public void Of_begin_tokens_in_a_prompt_only_the_first_stands_for_the_one_that_is_added(string prompt)
    {
        using var folder = new TemporaryFolder();
        CommandLineProcess.Run("run", "demo", "-p", prompt, "-n", "1", "--receipt", folder["receipt.json"]);
        Assert.Equal(2 + (prompt[0] == 'a' ? 1 : 0), PromptOf(folder["receipt.json"]).Length);
    }

    [Fact]
    public void Help_says_what_happens_without_a_prompt()
    {
        var help = CommandLineProcess.Run("run", "--help").Text;
        Assert.Contains("Without a prompt, or with an empty one, the text starts from nothing.", help, StringComparison.Ordinal);
        Assert.Contains("no second one is added", help, StringComparison.Ordinal);
    }

    private static int[] PromptOf(string receipt)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(receipt));
        return [.. json.RootElement.GetProperty("prompt").EnumerateArray().Select(id => id.GetInt32())];
    }

    private static int[] Ids(string text, params string[] options)
    {
        using var json = JsonDocument.Parse(CommandLineProcess.Run(["tokenize", "demo", text, "--json", .. options]).Output);
        return [.. json.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
    }
}
