namespace AiKernels.Cli;

/// <summary>A file that appears under its name only when it is complete; until then, and for good if work fails, the old one stays.</summary>
internal sealed class FinishedFile : IDisposable
{
    private readonly string _target;
    private readonly string? _temporary;

    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public FinishedFile(string path)
    {
        // A link stays one; what it leads to is replaced.
        var full = Path.GetFullPath(path);
        var isLink = new FileInfo(full).LinkTarget is not null;
        _target = isLink ? File.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName : full;
        if (Directory.Exists(_target))
        {
            throw new IOException($"'{path}' is a directory, not a file to write");
        }

        if (Path.GetDirectoryName(_target) is { } folder && !Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"there is no folder '{folder}'");
        }

        // Nothing may take the place of a device.
        if (_target.StartsWith("/dev/", StringComparison.Ordinal))
        {
            Stream = new FileStream(_target, FileMode.Open, FileAccess.Write);
            return;
        }

        _temporary = $"{_target}.{Guid.NewGuid():N}.part";
        Stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write);
    }

    public FileStream Stream { get; }

    /// <summary>Where the file will be, links followed.</summary>
    public string FullPath => _target;

    /// <summary>Gives the file its name.</summary>
    public void Complete()
    {
        Stream.Dispose();
        if (_temporary is not null)
        {
            File.Move(_temporary, _target, overwrite: true);
        }
    }

    /// <summary>Removes the file unless it is complete.</summary>
    public void Dispose()
    {
        try
        {
            Stream.Dispose();
        }
        finally
        {
            if (_temporary is not null)
            {
                File.Delete(_temporary);
            }
        }
    }
}
