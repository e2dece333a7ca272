namespace AiKernels.Benchmarks.Engines;

/// <summary>Real files that nobody here wrote: those of a folder <c>shared/data</c> beside the repository, or of one that AIKERNELS_TEST_DATA names.</summary>
internal static class RealData
{
    /// <summary>The full path of a file or folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static string Path(params ReadOnlySpan<string> names) => System.IO.Path.Combine([Root(), .. names]);

    private static string Root()
    {
        if (Environment.GetEnvironmentVariable("AIKERNELS_TEST_DATA") is { Length: > 0 } named)
        {
            return named;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var data = System.IO.Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(data))
            {
                return data;
            }
        }

        throw new DirectoryNotFoundException("there is no folder shared/data beside the repository; AIKERNELS_TEST_DATA may name one");
    }
}
