using AiKernels.Runtime.Files;

namespace AiKernels.Cli;

/// <summary>A file that a command writes: complete or not at all, unless it is a device.</summary>
internal sealed class OutputFile : IDisposable
{
    private readonly FinishedFile? _file;

    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public OutputFile(string path)
    {
        // A link stays one; what it leads to is replaced.
        var full = Path.GetFullPath(path);
        var isLink = new FileInfo(full).LinkTarget is not null; // Of a file that isn't there, too.
        FullPath = isLink ? File.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName : full;

        // Nothing may take the place of a device.
        var isDevice = FullPath.StartsWith("/dev/", StringComparison.Ordinal) && !Directory.Exists(FullPath);
        _file = isDevice ? null : new FinishedFile(FullPath);
        Stream = _file?.Stream ?? new FileStream(FullPath, FileMode.Open, FileAccess.Write);
    }

    public FileStream Stream { get; }

    /// <summary>Where the file will be, links followed.</summary>
    public string FullPath { get; }

    /// <summary>Gives the file its name.</summary>
    public void Complete()
    {
        Stream.Dispose();
        _file?.Complete();
    }

    /// <summary>Removes the file unless it is complete.</summary>
    public void Dispose()
    {
        Stream.Dispose();
        _file?.Dispose();
    }
}
