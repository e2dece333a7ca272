using Xunit;

namespace AiKernels.Tests.Shared;

/// <summary>Real files that nobody here wrote. They lie beside the repository and not in it.</summary>
internal static class TestData
{
    private static readonly string? Root = Find();

    /// <summary>The full path of a file or folder of the test data; where it is absent the test is skipped.</summary>
    public static string Path(string relative)
    {
        var path = Root is null ? null : System.IO.Path.Combine(Root, relative);
        Assert.SkipUnless(System.IO.Path.Exists(path), $"shared/data/{relative} is not beside this repository");
        return path!;
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var data = System.IO.Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(data))
            {
                return data;
            }
        }

        return null;
    }
}
