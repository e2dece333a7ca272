using AiKernels.Runtime.Engine;
using Xunit;

namespace AiKernels.Runtime.Tests.Files.Packed;

/// <summary>Who may read packed weights.</summary>
public class PackedFileModeTests
{
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Theory]
    [InlineData(OwnersAlone, OwnersAlone)]
    [InlineData(UnixFileMode.UserRead, OwnersAlone)] // It has to be replaced one day.
    [InlineData(OwnersAlone | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, OwnersAlone | UnixFileMode.GroupRead)]
    public void They_are_read_by_those_who_may_read_the_model_and_written_by_their_maker(UnixFileMode model, UnixFileMode expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no modes there");
        using var cached = new CachedModel();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(cached.Model, model);
            Assert.Equal(PackedCacheState.Written, cached.Run(cached.Folder).Result!.State);
            Assert.Equal(expected, File.GetUnixFileMode(cached.Packed));
        }
    }
}
