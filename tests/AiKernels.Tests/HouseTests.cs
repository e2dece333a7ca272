using System.Xml.Linq;
using Xunit;

namespace AiKernels.Tests;

/// <summary>Who may know whom: the arrows of docs/ARCHITECTURE.md, held by a test.</summary>
public class HouseTests
{
    private static readonly string Root = FindRoot();

    // What BenchmarkDotNet asks for by a version that not every registry has, so that an exact one is named.
    private static readonly string[] PinnedForBenchmarkDotNet =
        ["Microsoft.CodeAnalysis.CSharp", "Microsoft.Diagnostics.Tracing.TraceEvent", "System.Management"];

    private static readonly string[] ExtensionsForHosts =
    [
        "Microsoft.Extensions.AI.Abstractions", "Microsoft.Extensions.DependencyInjection.Abstractions",
        "Microsoft.Extensions.Diagnostics.HealthChecks.Abstractions", "Microsoft.Extensions.Hosting.Abstractions",
        "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Options",
    ];

    public static TheoryData<string, string[]> Arrows => new()
    {
        { "src/AiKernels", ["System.Numerics.Tensors", "Iced"] },
        { "src/AiKernels.Gpu", ["AiKernels", "ILGPU"] },
        { "src/AiKernels.Runtime", ["AiKernels"] },
        { "src/AiKernels.Hosting", ["AiKernels.Runtime", .. ExtensionsForHosts] },
        { "src/AiKernels.Cli", ["AiKernels.Runtime", "AiKernels.Gpu", "System.CommandLine"] },
        { "bench/AiKernels.Benchmarks", ["AiKernels.Runtime", "BenchmarkDotNet", .. PinnedForBenchmarkDotNet, "System.CommandLine"] },
        { "bench/AiKernels.Gpu.Benchmarks", ["AiKernels.Runtime", "AiKernels.Gpu", "System.CommandLine"] },
    };

    [Theory]
    [MemberData(nameof(Arrows))]
    public void A_project_references_only_what_it_may(string project, string[] allowed)
    {
        var file = XDocument.Load(Path.Combine(Root, project, $"{Path.GetFileName(project)}.csproj"));
        var references = file.Descendants("PackageReference").Select(e => (string)e.Attribute("Include")!)
            .Concat(file.Descendants("ProjectReference").Select(e => Path.GetFileNameWithoutExtension((string)e.Attribute("Include")!)));
        Assert.Subset(allowed.ToHashSet(), references.ToHashSet());
    }

    [Fact]
    public void Benchmarks_are_no_package()
    {
        var file = XDocument.Load(Path.Combine(Root, "bench/AiKernels.Benchmarks/AiKernels.Benchmarks.csproj"));
        Assert.Empty(file.Descendants("IsPackable"));
    }

    [Theory]
    [InlineData("src/AiKernels.Runtime")]
    [InlineData("src/AiKernels.Hosting")]
    public void Who_runs_on_any_backend_names_none(string project) =>
        AssertNowhere(project, "AiKernels.Cpu", "CpuBackend(", "AiKernels.Reference", "AiKernels.Gpu", "GpuBackend(");

    [Fact]
    public void Formats_and_cache_know_no_backend()
    {
        AssertNowhere("src/AiKernels/Formats", "AiKernels.Cpu", "IBackend");
        AssertNowhere("src/AiKernels/Cache", "AiKernels.Cpu", "AiKernels.Reference");
    }

    [Fact]
    public void Architecture_names_are_tested_in_their_own_files_alone()
    {
        string[] mayName = ["Architecture.cs", "KnownShapes.cs"];
        foreach (var name in (string[])["\"qwen2\"", "\"qwen3\""])
        {
            var places = Sources("src/AiKernels.Runtime/Models").Concat(Sources("src/AiKernels.Runtime/Engine"))
                .Where(file => !mayName.Contains(Path.GetFileName(file)))
                .Where(file => File.ReadAllText(file).Contains(name, StringComparison.Ordinal));
            Assert.Empty(places);
        }
    }

    private static void AssertNowhere(string folder, params string[] words)
    {
        foreach (var file in Sources(folder))
        {
            var code = string.Join('\n', File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));
            Assert.All(words, word => Assert.DoesNotContain(word, code, StringComparison.Ordinal));
        }
    }

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "AiKernels.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
