using System.Diagnostics;
using AiKernels.Runtime.Engine;
using Xunit;

namespace AiKernels.Runtime.Tests.Files.Packed;

/// <summary>What somebody may have put where packed weights are looked for.</summary>
public class HostilePackedFileTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pipe_is_not_waited_for(bool behindLinks)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a folder has no pipes there");
        using var cached = new CachedModel();
        cached.Run(cached.Folder);
        var path = cached.Packed;
        File.Delete(path);
        var elsewhere = Directory.CreateDirectory(Path.Combine(cached.Folder, "elsewhere")).FullName;
        var (pipe, link) = (behindLinks ? Path.Combine(elsewhere, "pipe") : path, Path.Combine(elsewhere, "link"));
        Process.Start("mkfifo", [pipe]).WaitForExit();
        if (behindLinks)
        {
            File.CreateSymbolicLink(link, pipe);
            File.CreateSymbolicLink(path, link);
        }

        var (_, result) = await Task.Run(() => cached.Run(cached.Folder)).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(new PackedCacheResult(PackedCacheState.Written, path, "is empty"), result);
        Assert.Equal(PackedCacheState.Used, cached.Run(cached.Folder).Result!.State);
    }
}
