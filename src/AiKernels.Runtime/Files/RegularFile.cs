namespace AiKernels.Runtime.Files;

/// <summary>What a path leads to, looked at before it is opened: a pipe would be waited for.</summary>
internal static class RegularFile
{
    /// <summary>The file that a path leads to.</summary>
    /// <param name="path">The path.</param>
    /// <param name="isEmpty">Whether it has no bytes, as pipes and devices have none.</param>
    /// <exception cref="IOException">There is nothing.</exception>
    public static string Find(string path, out bool isEmpty)
    {
        // .NET resolves a link that is named without a folder against the root, and says a link's own length.
        var full = Path.GetFullPath(path);
        var target = File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        isEmpty = new FileInfo(target) is { Exists: true, Length: 0 };
        return target;
    }
}
