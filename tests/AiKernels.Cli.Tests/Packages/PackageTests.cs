using System.Text;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Cli.Tests.Packages;

public class PackageTests(PackedPackages packages) : IClassFixture<PackedPackages>
{
    // To download, documentation included. Libraries are small because no model is in them.
    private const long MostLibraryBytes = 1_000_000;

    [Theory]
    [InlineData("AiKernels")]
    [InlineData("AiKernels.Runtime")]
    [InlineData("AiKernels.Hosting")]
    [InlineData("AiKernels.Gpu")]
    public void A_library_comes_with_readme_licence_documentation_and_symbols(string name)
    {
        Assert.SkipUnless(name != "AiKernels.Gpu" || CommandLineProcess.KnowsGpus, "this was built without ILGPU");
        using var package = packages.Open(name, "nupkg");
        using var symbols = packages.Open(name, "snupkg");

        var entries = package.Entries.Select(entry => entry.FullName).ToList();
        Assert.Contains($"lib/net10.0/{name}.dll", entries);
        Assert.Contains($"lib/net10.0/{name}.xml", entries);
        Assert.Contains("README.md", entries);
        Assert.Equal(File.ReadAllText(Repository.Path("README.md")), Read(package.GetEntry("README.md")!));
        var manifest = Read(package.GetEntry($"{name}.nuspec")!);
        Assert.Contains("<license type=\"expression\">MIT</license>", manifest, StringComparison.Ordinal);
        Assert.Contains("<readme>README.md</readme>", manifest, StringComparison.Ordinal);
        Assert.Contains(symbols.Entries, entry => entry.FullName == $"lib/net10.0/{name}.pdb");
        Assert.InRange(package.Entries.Sum(entry => entry.CompressedLength), 1, MostLibraryBytes);
    }

    [Theory]
    [InlineData("AiKernels.Runtime", "engine.Submit(\"Once upon a time\"")]
    [InlineData("AiKernels", "using System.Numerics.Tensors")]
    [InlineData("AiKernels.Hosting", "services.AddAiKernels(")]
    public void The_readmes_examples_run_in_a_fresh_project(string package, string mark)
    {
        using var project = FreshProject(package, Assert.Single(ReadmeTests.Examples(), example => example.Contains(mark, StringComparison.Ordinal)));
        File.Copy(Repository.Path("samples/DemoModel/shakespeare.gguf"), project["model.gguf"]);

        var output = PackedPackages.Dotnet(project.Path, "run", "-c", "Release");

        Assert.True(output.Trim().Length > 0, "the example printed nothing");
    }

    [Fact]
    public void The_tool_installs_and_runs_the_built_in_model()
    {
        using var folder = new TemporaryFolder();
        WriteSource(folder);
        PackedPackages.Dotnet(
            folder.Path, "tool", "install", "AiKernels.Cli", "--version", packages.Version, "--tool-path", folder["tools"],
            "--configfile", folder["nuget.config"]);

        var tool = Path.Combine(folder["tools"], OperatingSystem.IsWindows() ? "aikernels.exe" : "aikernels");
        using var process = CommandLineProcess.Start(
            tool, [("DOTNET_ROOT", Path.GetDirectoryName(CommandLineProcess.Host)!)], ["run", "demo", "-n", "5"]);
        var run = CommandLineProcess.Finish(process);

        Assert.Equal(0, run.ExitCode);
        Assert.NotEmpty(run.Text);
    }

    /// <summary>A project that knows nothing of this repository but the packages.</summary>
    private TemporaryFolder FreshProject(string package, string program)
    {
        var folder = new TemporaryFolder();
        WriteSource(folder);
        File.WriteAllText(folder["Program.cs"], program);
        File.WriteAllText(folder["Fresh.csproj"], $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <RestorePackagesPath>restored</RestorePackagesPath>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{package}" Version="[{packages.Version}]" />
                <PackageReference Include="Microsoft.Extensions.DependencyInjection" Version="[10.0.14]" Condition="'{package}' == 'AiKernels.Hosting'" />
              </ItemGroup>
            </Project>
            """);
        return folder;
    }

    /// <summary>Adds the packed packages to the machine's own sources.</summary>
    private void WriteSource(TemporaryFolder folder) => File.WriteAllText(folder["nuget.config"], $"""
        <configuration>
          <packageSources>
            <add key="packed" value="{packages.Folder}" />
          </packageSources>
        </configuration>
        """);

    private static string Read(System.IO.Compression.ZipArchiveEntry entry)
    {
        using var reader = new StreamReader(entry.Open(), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
