using System.Reflection;
using System.Text.RegularExpressions;
using AiKernels.Cpu;
using AiKernels.Hosting;
using AiKernels.Runtime.Engine;
using AiKernels.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AiKernels.Cli.Tests.Packages;

/// <summary>The README says nothing that isn't so.</summary>
public partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Repository.Path("README.md"));

    /// <summary>The C# examples, in their order.</summary>
    public static IReadOnlyList<string> Examples() =>
        [.. CodeBlock().Matches(Readme).Where(block => block.Groups[1].Value == "csharp").Select(block => block.Groups[2].Value)];

    [Fact]
    public void Every_link_to_a_file_leads_to_one()
    {
        var links = Link().Matches(Readme).Select(link => link.Groups[1].Value).Where(target => !target.Contains("://", StringComparison.Ordinal));
        Assert.NotEmpty(links);
        Assert.All(links, target => Assert.True(Path.Exists(Repository.Path(target)), $"{target} is not there"));
    }

    [Fact]
    public void Every_example_compiles()
    {
        const string gpu = "AiKernels.Gpu";
        var examples = Examples().Where(example => CommandLineProcess.KnowsGpus || !example.Contains(gpu, StringComparison.Ordinal)).ToArray();
        var usings = examples.SelectMany(example => Using().Matches(example)).Select(match => match.Groups[1].Value);
        Assembly[] libraries =
        [
            typeof(AiKernelsChatClient).Assembly, typeof(ServiceProvider).Assembly, typeof(CpuBackend).Assembly, typeof(LanguageModel).Assembly,
            .. CommandLineProcess.KnowsGpus ? [Assembly.Load(gpu)] : Array.Empty<Assembly>(),
        ];
        ExampleCompiler.AssertCompile(
            usings.Concat(["System", "System.Collections.Generic", "System.Linq", "System.Threading.Tasks"]).Distinct(),
            "static readonly LanguageModel model = null!; static readonly InferenceEngine engine = null!; static readonly int[] prompt = []; static readonly IChatClient client = null!;",
            examples.Select((example, index) => ($"example {index}", Using().Replace(example, ""))),
            libraries);
    }

    [Fact]
    public void Every_command_of_the_command_line_is_one_that_it_knows()
    {
        var commands = CodeBlock().Matches(Readme).SelectMany(block => block.Groups[2].Value.Split('\n'))
            .Where(line => line.StartsWith("aikernels ", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(commands);
        Assert.All(commands, line =>
        {
            var run = CommandLineProcess.Run([line.Split(' ')[1], "--help"]);
            Assert.Equal(0, run.ExitCode);
            Assert.All(Option().Matches(line).Select(match => match.Value), option => Assert.Matches($"{option}[ ,]", run.Text));
        });
    }

    [Fact]
    public void The_continuous_build_runs_the_readmes_own_test_command()
    {
        const string variable = "test_command=";
        var script = File.ReadAllLines(Repository.Path(".ci/run"));
        var command = Assert.Single(script, line => line.StartsWith(variable, StringComparison.Ordinal))[variable.Length..].Trim('\'');
        Assert.Contains(command, Readme.Split('\n'));
    }

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^using ([\w.]+);\n", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<= )--?[a-z][a-z-]*")]
    private static partial Regex Option();
}
