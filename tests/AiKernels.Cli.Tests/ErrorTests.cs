using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Cli.Tests;

/// <summary>Whatever goes wrong: exit code 1, nothing on standard output, one sentence on standard error.</summary>
public class ErrorTests
{
    public static TheoryData<string, string> Faults => new()
    {
        { "", "Required command was not provided" },
        { "dance", "'dance'" },
        { "run", "'MODEL' missing" },
        { "run nofile.gguf", "there is no file" },
        { "run nofolder/nofile.gguf", "nofolder" },
        { "inspect .", "this is a directory" },
        { "run demo --foo", "'--foo'" },
        { "run demo -p text -f file", "either --prompt TEXT or --file FILE, not both" },
        { "run demo -f - --schema -", "standard input is the prompt; the grammar has to be a file" },
        { "run demo -f nofile.txt", "there is no file" },
        { "run demo -n many", "--max-tokens needs a whole number" },
        { "run demo -n 1.5", "--max-tokens needs a whole number" },
        { "run demo -n -1", "--max-tokens needs a whole number from 0" },
        { "run demo -n 99999999999", "to 2147483647" },
        { "run demo --temperature -1", "--temperature needs a number from 0 on" },
        { "run demo --temperature NaN", "--temperature needs a number" },
        { "run demo --top-k -1", "--top-k needs a whole number" },
        { "run demo --top-p 0", "--top-p needs a number above 0 and at most 1" },
        { "run demo --min-p 1.01", "--min-p needs a number from 0 to 1" },
        { "run demo --repetition-penalty 0", "--repetition-penalty needs a number above 0" },
        { "run demo --samplers top-k,top-j", "'top-j' is none" },
        { "run demo --samplers top-k,top-k", "'top-k' is there twice" },
        { "run demo --regex a --json-whitespace none", "--json-whitespace is for --schema" },
        { "run demo --seed -1", "--seed needs a whole number" },
        { "run demo --threads 1025", "--threads needs a whole number from 0 to 1024" },
        { "run demo --device nonsense", "--device needs auto, cpu or the name of a GPU such as cuda:0, not 'nonsense'" },
        { "run demo --device CPU", "not 'CPU'" },
        { "run demo --device cuda:9999", "'cuda:9999'" },
        { "logits demo --tokens 1 --out out.f32 --device opencl:9999", "'opencl:9999'" },
        { "perplexity demo -f nofile.txt --device cuda", "not 'cuda'" },
        { "bench demo --device toaster:0", "'toaster:0'" },
        { "run demo -p a-prompt-that-is-far-too-long --ctx 4", "don't fit in a context of 4" },
        { "run demo -n 1 --ctx 2147483647", "longer than the 16777216 that can be told apart" },
        { "render demo", "'CONTEXT' missing" },
        { "render nofile.gguf nofile.json", "there is no file" },
        { "tokenize demo", "either TEXT or --file FILE" },
        { "tokenize demo text -f file", "either TEXT or --file FILE" },
        { "tokenize demo text --pre gpt-2", "--pre is for files that don't say how text is split" },
        { "tokenize demo -f nofile.txt", "there is no file" },
        { "logits demo --out out.f32", "--tokens" },
        { "logits demo --tokens 1,x --out out.f32", "'x' is none" },
        { "logits demo --tokens -1 --out out.f32", "--tokens" },
        { "logits demo --tokens 99999999 --out out.f32", "the model's ids run from 0 to" },
        { "logits demo --tokens 1 --out nofolder/out.f32", "there is no folder" },
        { "logits demo --tokens 1 --out .", "is a directory" },
        { "perplexity demo", "--file" },
        { "perplexity demo -f nofile.txt", "there is no file" },
        { "perplexity demo -f nofile.txt --chunk 1", "--chunk needs a whole number from 2" },
        { "bench", "either MODEL or --shape NAME" },
        { "bench demo --shape qwen3-0.6b --type Q4_0", "either MODEL or --shape NAME" },
        { "bench demo --type Q4_0", "--type is for --shape" },
        { "bench --shape gpt-5", "qwen2.5-1.5b" },
        { "bench --shape gpt-5 --type Q4_0", "qwen2.5-1.5b" },
        { "bench --shape qwen3-0.6b --type Q3_X", "Q4_K_M" },
        { "bench demo --reps 0", "--reps needs a whole number from 1" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_one_sentence(string arguments, string part)
    {
        using var folder = new TemporaryFolder();
        using var process = CommandLineProcess.Start(
            CommandLineProcess.Host,
            [],
            [CommandLineProcess.ProgramPath, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            folder.Path);

        var run = CommandLineProcess.Finish(process);

        AssertFault(run, part);
        Assert.Empty(folder.Entries);
    }

    [Theory]
    [InlineData("run demo -n 5")]
    [InlineData("run demo -n 5 --json")]
    [InlineData("inspect demo")]
    [InlineData("tokenize demo text")]
    [InlineData("logits demo --tokens 1 --out /dev/full")]
    public void Output_that_cannot_be_written_is_a_fault(string arguments)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no /dev/full");
        using var process = CommandLineProcess.Start(
            "/bin/sh", [], ["-c", $"exec {CommandLineProcess.Host} {CommandLineProcess.ProgramPath} {arguments} > /dev/full"]);

        var run = CommandLineProcess.Finish(process);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("No space left on device", run.Error.Split('\n')[^2], StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_an_unknown_architecture_is_refused_by_name()
    {
        using var file = new TemporaryFile(OtherArchitecture());
        AssertFault(CommandLineProcess.Run("run", file.Path), "is 'mamba'; the architectures that can be run are");
    }

    [Fact]
    public void A_text_too_short_to_predict_is_a_fault()
    {
        using var text = new TemporaryFile([]);
        AssertFault(CommandLineProcess.Run("perplexity", "demo", "-f", text.Path), "too few tokens");
    }

    internal static void AssertFault(ProcessResult run, string part)
    {
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.StartsWith("aikernels: ", run.Error, StringComparison.Ordinal);
        Assert.EndsWith(".\n", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static byte[] OtherArchitecture() => new GgufSketch().Bytes("magic", "GGUF"u8).UInt32("version", 3)
        .UInt64("tensor count", 0).UInt64("metadata count", 1)
        .Key("general.architecture", 8).String("general.architecture", "mamba").ToArray();
}
