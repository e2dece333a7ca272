using System.Runtime.CompilerServices;

namespace AiKernels.Tests.Shared;

/// <summary>Files of the repository that the tests were built from.</summary>
internal static class Repository
{
    private static readonly string Root = Find(AppContext.BaseDirectory) ?? Find(SourceFile())
        ?? throw new InvalidOperationException($"no AiKernels.sln in or above {AppContext.BaseDirectory}");

    /// <summary>The full path of a file or folder, there or not.</summary>
    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    private static string? Find(string? path)
    {
        while (path is not null && !File.Exists(System.IO.Path.Combine(path, "AiKernels.sln")))
        {
            path = System.IO.Path.GetDirectoryName(path);
        }

        return path;
    }

    // Build output may be redirected out of the repository.
    private static string SourceFile([CallerFilePath] string path = "") => path;
}
