using System.IO.Compression;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Cli.Tests.Packages;

/// <summary>
/// The packages as <c>dotnet pack</c> makes them, built apart from the working tree and under a version of their own, so
/// that no cache can stand in for them.
/// </summary>
public sealed class PackedPackages : IDisposable
{
    private static readonly string[] Projects =
        ["AiKernels", "AiKernels.Runtime", "AiKernels.Hosting", "AiKernels.Cli", .. CommandLineProcess.KnowsGpus ? ["AiKernels.Gpu"] : Array.Empty<string>()];

    private readonly TemporaryFolder _folder = new();

    public PackedPackages()
    {
        // Analyzers, half the time, have seen the same sources when the tests were built.
        foreach (var project in Projects)
        {
            Dotnet(
                _folder.Path, "pack", Repository.Path($"src/{project}"), "-c", "Release", "--artifacts-path", _folder["build"],
                "-o", Folder, $"-p:Version={Version}", "-p:RunAnalyzers=false");
        }
    }

    public string Version { get; } = $"0.1.0-test.{DateTime.UtcNow.Ticks}";

    /// <summary>Where the packages are.</summary>
    public string Folder => _folder["packages"];

    /// <summary>Runs a command of the SDK and gives its output.</summary>
    public static string Dotnet(string folder, params string[] arguments)
    {
        // Nodes that stay alive would hold the output pipes open for minutes.
        (string, string)[] environment = [("MSBUILDDISABLENODEREUSE", "1"), ("DOTNET_CLI_USE_MSBUILD_SERVER", "0"), ("UseSharedCompilation", "false")];
        using var process = CommandLineProcess.Start(CommandLineProcess.Host, environment, arguments, folder);
        var result = CommandLineProcess.Finish(process);
        Assert.True(result.ExitCode == 0, $"dotnet {string.Join(' ', arguments)} gave {result.ExitCode}:\n{result.Text}\n{result.Error}");
        return result.Text;
    }

    public ZipArchive Open(string package, string extension) =>
        ZipFile.OpenRead(Path.Combine(Folder, $"{package}.{Version}.{extension}"));

    public void Dispose() => _folder.Dispose();
}
