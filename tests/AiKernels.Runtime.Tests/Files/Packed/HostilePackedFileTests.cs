using System.Diagnostics;
using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files;
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

    [Fact]
    public void A_model_that_was_renamed_while_it_was_open_is_loaded_and_the_reason_told()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "an open file can't be renamed there");
        using var cached = new CachedModel();
        using var file = GgufFile.Open(cached.Model);
        var elsewhere = Path.Combine(cached.Folder, "renamed.gguf");
        File.Move(cached.Model, elsewhere);
        using var backend = new CpuBackend(1);
        using var model = LanguageModel.Load(
            file, backend, new ModelOptions { PackedCacheFolder = cached.Folder }, withTokenizer: false, TestContext.Current.CancellationToken);
        Assert.Equal(PackedCacheState.Unwritable, model.PackedCache!.State);
        Assert.Contains(cached.Model, model.PackedCache.Problem, StringComparison.Ordinal);
        Assert.Equal(elsewhere, Assert.Single(Directory.GetFiles(cached.Folder)));
    }
}
