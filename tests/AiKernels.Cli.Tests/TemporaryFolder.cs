namespace AiKernels.Cli.Tests;

/// <summary>An empty folder for the length of a test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aikernels-test-");

    public string Path => _folder.FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string[] Entries => [.. Directory.EnumerateFileSystemEntries(Path).Select(System.IO.Path.GetFileName)!];

    public void Dispose() => _folder.Delete(recursive: true);
}
