namespace AiKernels.Runtime.Files;

/// <summary>
/// A file that appears under its name only when it is complete: until then, and for good if work fails or the process
/// ends, the old one stays. Of two writers the last one wins.
/// </summary>
/// <remarks>
/// It is written beside its name, under one that nobody else uses, and renamed. What a killed writer left there is cleared
/// away by the next one, a minute later at the earliest. A link in the place of the name is replaced, not followed.
/// </remarks>
public sealed class FinishedFile : IDisposable
{
    private const string Suffix = ".part";
    private const int UniqueLength = 32;

    // A writer locks its file until it is complete, and then renames it; this is far more than that takes.
    private static readonly TimeSpan Abandoned = TimeSpan.FromMinutes(1);

    private readonly string _target, _temporary;
    private readonly bool _isDurable;
    private bool _isComplete;

    /// <summary>Begins a file.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="mode">Who may read and write it, where files have modes; less what the process takes from every file's.</param>
    /// <param name="length">Its bytes, if known: the room is taken at once, so that a full disk is noticed before anything is written.</param>
    /// <param name="isDurable">
    /// Whether it is on the disk before it gets its name, and its name before <see cref="Complete"/> returns. Otherwise it may
    /// hold anything after a power cut.
    /// </param>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public FinishedFile(string path, UnixFileMode? mode = null, long length = 0, bool isDurable = false)
    {
        _target = Path.GetFullPath(path);
        _isDurable = isDurable;
        if (Directory.Exists(_target))
        {
            throw new IOException($"'{path}' is a directory, not a file to write");
        }

        if (!Directory.Exists(Folder))
        {
            throw new DirectoryNotFoundException($"there is no folder '{Folder}'");
        }

        RemoveAbandoned();
        _temporary = $"{_target}.{Guid.NewGuid():N}{Suffix}";
        var creation = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            PreallocationSize = length,
        };
        if (mode is { } wanted && !OperatingSystem.IsWindows())
        {
            creation.UnixCreateMode = wanted;
        }

        try
        {
            Stream = new FileStream(_temporary, creation);
        }
        catch
        {
            TryDelete();
            throw;
        }
    }

    /// <summary>Where its bytes go.</summary>
    public FileStream Stream { get; }

    // Only a root has none, and that is a folder itself.
    private string Folder => Path.GetDirectoryName(_target)!;

    /// <summary>Gives the file its name.</summary>
    /// <exception cref="IOException">It can't be written, or can't have that name.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not have that name.</exception>
    public void Complete()
    {
        if (Stream.CanWrite)
        {
            Stream.Flush(flushToDisk: _isDurable);
            File.SetLastWriteTimeUtc(Stream.SafeFileHandle, DateTime.UtcNow); // The disk may have taken its time.
            Stream.Dispose();
        }

        File.Move(_temporary, _target, overwrite: true);
        _isComplete = true;
        if (_isDurable)
        {
            DiskFolder.Flush(Folder);
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
            if (!_isComplete)
            {
                TryDelete();
            }
        }
    }

    /// <summary>What can't be deleted now is cleared away by a later writer; what failed before is what has to be told.</summary>
    private void TryDelete()
    {
        try
        {
            File.Delete(_temporary);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>
    /// Deletes what a process left behind that was ended while it wrote. A file that is being written is locked; one that
    /// was complete a moment ago is about to be renamed.
    /// </summary>
    private void RemoveAbandoned()
    {
        foreach (var file in Unfinished())
        {
            try
            {
                if (DateTime.UtcNow - File.GetLastWriteTimeUtc(file) < Abandoned)
                {
                    continue;
                }

                using (File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                }

                File.Delete(file);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // Its writer is at work.
            }
        }
    }

    private string[] Unfinished()
    {
        try
        {
            return [.. Directory.EnumerateFiles(Folder, $"*{Suffix}").Where(IsUnfinished)];
        }
        catch (UnauthorizedAccessException)
        {
            return []; // One may write to a folder and not see what is in it.
        }
    }

    private bool IsUnfinished(string file)
    {
        var (name, target) = (Path.GetFileName(file), Path.GetFileName(_target));
        return name.Length == target.Length + 1 + UniqueLength + Suffix.Length
            && name.StartsWith($"{target}.", StringComparison.Ordinal)
            && name.EndsWith(Suffix, StringComparison.Ordinal)
            && Guid.TryParseExact(name.AsSpan(target.Length + 1, UniqueLength), "N", out _);
    }
}
