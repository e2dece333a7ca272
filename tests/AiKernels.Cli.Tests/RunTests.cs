using System.Runtime.InteropServices;
using System.Text.Json;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Cli.Tests;

public partial class RunTests
{
    private const int Interrupt = 2, Terminate = 15;

    [Fact]
    public void A_text_that_was_cut_off_before_its_grammar_ended_is_no_success()
    {
        var cut = CommandLineProcess.Run("run", "demo", "-p", "ROMEO:", "--regex", "[a-z]{40}", "-n", "5");
        Assert.Equal(1, cut.ExitCode);
        Assert.Contains("cut off", cut.Error, StringComparison.Ordinal);
        using var schema = new TemporaryFile("""{"type":"object","properties":{"a":{"enum":[1,2]},"b":{"const":"x"}},"required":["a","b"]}"""u8.ToArray());
        var whole = CommandLineProcess.Run("run", "demo", "-p", "ROMEO:", "--schema", schema.Path, "--json-whitespace", "none");
        Assert.Equal(0, whole.ExitCode);
        Assert.Matches("""^{"a":[12],"b":"x"}$""", whole.Text);
        Assert.Contains("'tight' is none of free, one-space, none", CommandLineProcess.Run("run", "demo", "--schema", schema.Path, "--json-whitespace", "tight").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_built_in_model_runs_and_leaves_no_file_behind()
    {
        using var temporary = new TemporaryFolder();

        var run = CommandLineProcess.Run([("TMPDIR", temporary.Path), ("TMP", temporary.Path)], "run", "demo", "-p", "ROMEO:", "-n", "20");

        Assert.Equal(0, run.ExitCode);
        Assert.NotEmpty(run.Text);
        Assert.Contains("20 tokens at ", run.Error, StringComparison.Ordinal);
        Assert.Empty(temporary.Entries);
    }

    [Theory]
    [InlineData("", "ROMEO:", "\n1 token, prompt of ")]
    [InlineData("--json", "}", "\n1 token, prompt of ")]
    public void Where_text_and_statistics_go_to_one_pipe_each_has_its_lines(string option, string text, string statistics)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "its shell is another");
        using var process = CommandLineProcess.Start(
            "/bin/sh", [], ["-c", $"exec {CommandLineProcess.Host} {CommandLineProcess.ProgramPath} run demo -p ROMEO: -n 1 --echo --regex ' ' {option} 2>&1"]);
        var output = CommandLineProcess.Finish(process).Text;
        Assert.Contains(text, output, StringComparison.Ordinal);
        Assert.Contains(statistics, output, StringComparison.Ordinal);
        Assert.DoesNotContain("\n\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void It_ends_when_nobody_reads_any_more()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "pipes end differently there");
        using var process = CommandLineProcess.Start([], "run", "demo", "-n", "1000000", "--ctx", "2000000");
        process.StandardOutput.BaseStream.ReadByte();
        process.StandardOutput.Dispose();

        var error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)), "it goes on for nobody");
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("standard output can't be written", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_text_and_another_one_another()
    {
        string Text(string seed) => CommandLineProcess.Run("run", "demo", "-n", "40", "--temperature", "1", "--seed", seed).Text;

        Assert.Equal(Text("7"), Text("7"));
        Assert.NotEqual(Text("7"), Text("8"));
    }

    [Fact]
    public void A_seed_that_was_drawn_is_told_and_repeats_the_text()
    {
        var drawn = CommandLineProcess.Run("run", "demo", "-n", "20");
        var seed = drawn.Error.Split("seed ")[1].Split(';')[0];

        Assert.Equal(drawn.Text, CommandLineProcess.Run("run", "demo", "-n", "20", "--seed", seed).Text);
    }

    [Fact]
    public void Json_holds_text_tokens_statistics_and_seed()
    {
        string[] arguments = ["run", "demo", "-p", "ROMEO:", "-n", "12", "--seed", "18446744073709551615"];
        var plain = CommandLineProcess.Run(arguments);

        using var json = JsonDocument.Parse(CommandLineProcess.Run([.. arguments, "--json"]).Output);

        var root = json.RootElement;
        Assert.Equal(plain.Text, root.GetProperty("text").GetString());
        Assert.Equal(12, root.GetProperty("tokens").GetArrayLength());
        Assert.Equal("length", root.GetProperty("finish_reason").GetString());
        Assert.Equal(ulong.MaxValue, root.GetProperty("seed").GetUInt64());
        var statistics = root.GetProperty("statistics");
        Assert.Equal(12, statistics.GetProperty("generated_tokens").GetInt32());
        Assert.True(statistics.GetProperty("decode_tokens_per_second").GetDouble() > 0);
        Assert.True(statistics.GetProperty("peak_rss_bytes").GetInt64() > statistics.GetProperty("weight_bytes").GetInt64());
    }

    [Fact]
    public void A_stop_string_ends_the_text_before_it()
    {
        string[] arguments = ["run", "demo", "-p", "ROMEO:", "-n", "60", "--temperature", "0"];
        var whole = CommandLineProcess.Run(arguments).Text;
        var stop = whole.Substring(whole.Length / 2, 3);

        var stopped = CommandLineProcess.Run([.. arguments, "--stop", "never said", "--stop", stop]);

        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], stopped.Text);
    }

    [Fact]
    public void Echo_prints_the_prompt_first_even_where_it_looks_like_an_option_or_a_file_of_arguments()
    {
        Assert.StartsWith("@prompt", CommandLineProcess.Run("run", "demo", "-p", "@prompt", "-n", "1", "--echo").Text, StringComparison.Ordinal);
        Assert.StartsWith("--echo", CommandLineProcess.Run("run", "demo", "-p=--echo", "-n", "1", "--echo").Text, StringComparison.Ordinal);
        Assert.StartsWith("-np", CommandLineProcess.Run("run", "demo", "-p", "-np", "-n", "1", "--echo").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_control_tokens_in_the_prompt_stand_for_them()
    {
        int PromptTokens(string prompt)
        {
            using var json = JsonDocument.Parse(CommandLineProcess.Run("run", "demo", "-p", prompt, "-n", "1", "--json").Output);
            return json.RootElement.GetProperty("statistics").GetProperty("prompt_tokens").GetInt32();
        }

        Assert.Equal(PromptTokens("a") + 1, PromptTokens("a<|endoftext|>"));
    }

    [Theory]
    [InlineData(Terminate, 143)]
    [InlineData(Interrupt, 130)]
    public void When_interrupted_the_text_so_far_is_kept(int signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no kill");
        Assert.SkipWhen(signal == Interrupt && IgnoresInterrupt(), "whoever started the tests has them, and so their children, ignore SIGINT");
        using var temporary = new TemporaryFolder();
        using var process = CommandLineProcess.Start(
            [("TMPDIR", temporary.Path)], "run", "demo", "-n", "1000000", "--ctx", "100000", "--temperature", "1");
        Span<byte> first = stackalloc byte[1];
        process.StandardOutput.BaseStream.ReadExactly(first);

        Assert.Equal(0, Kill(process.Id, signal));

        var run = CommandLineProcess.Finish(process);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains("prompt of 1 at ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", run.Error, StringComparison.Ordinal);
        Assert.Empty(temporary.Entries);
    }

    // Not the program of that name: slim images have none.
    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    /// <summary>Background jobs of a shell without job control inherit an ignored SIGINT, for good.</summary>
    private static bool IgnoresInterrupt()
    {
        const string field = "SigIgn:\t";
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        var ignored = File.ReadLines("/proc/self/status").Single(line => line.StartsWith(field, StringComparison.Ordinal));
        return (Convert.ToUInt64(ignored[field.Length..], 16) & 2) != 0;
    }
}
