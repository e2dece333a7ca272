using AiKernels.Runtime.Files;
using Xunit;

namespace AiKernels.Runtime.Tests.Files;

/// <summary>A file is there when it is complete; until then there is nothing of it, or the old one.</summary>
public sealed class FinishedFileTests : IDisposable
{
    private const string Name = "file.txt";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aikernels-test-");

    private string Target => Path.Combine(_folder.FullName, Name);

    private string[] Names => [.. _folder.GetFileSystemInfos().Select(info => info.Name).Order()];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_has_its_name_once_it_is_complete(bool isDurable)
    {
        File.WriteAllText(Target, "old");
        using (var file = new FinishedFile(Target, length: 3, isDurable: isDurable))
        {
            file.Stream.Write("new"u8);
            Assert.Equal("old", File.ReadAllText(Target));
            file.Complete();
            Assert.Equal("new", File.ReadAllText(Target));
        }

        Assert.Equal([Name], Names);
    }

    [Fact]
    public void The_old_one_stays_where_the_new_one_is_given_up()
    {
        File.WriteAllText(Target, "old");
        using (var file = new FinishedFile(Target))
        {
            file.Stream.Write("new"u8);
            Assert.Equal(2, Names.Length);
        }

        Assert.Equal([Name], Names);
        Assert.Equal("old", File.ReadAllText(Target));
    }

    [Fact]
    public void It_is_its_owners_alone_from_the_first_byte_on_where_that_is_asked_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no modes there");
        File.WriteAllText(Target, "anybody may read this");
        using var file = new FinishedFile(Target, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.Stream.Name));
            file.Complete();
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Target));
        }
    }

    [Fact]
    public void What_a_killed_writer_left_behind_is_cleared_away()
    {
        var left = Leftover(Name, minutesAgo: 2);
        new FinishedFile(Target).Dispose();
        Assert.False(File.Exists(left));
    }

    [Fact]
    public void What_another_writer_is_about_to_rename_is_left_alone()
    {
        var closed = Leftover(Name, minutesAgo: 0);
        new FinishedFile(Target).Dispose();
        Assert.True(File.Exists(closed));
    }

    [Fact]
    public void What_another_writer_writes_is_left_alone_however_slow_it_is()
    {
        using var other = new FinishedFile(Target);
        File.SetLastWriteTimeUtc(other.Stream.SafeFileHandle, DateTime.UtcNow.AddHours(-1));
        new FinishedFile(Target).Dispose();
        other.Complete();
        Assert.Equal([Name], Names);
    }

    [Fact]
    public void Files_that_are_only_named_alike_are_left_alone()
    {
        string[] others =
        [
            Leftover("file.txt.copy", minutesAgo: 2), Leftover("xfile.txt", minutesAgo: 2),
            Old($"{Name}.part"), Old($"{Name}.0123.part"), Old($"{Name}.{new string('x', 32)}.part"),
        ];
        new FinishedFile(Target).Dispose();
        Assert.All(others, other => Assert.True(File.Exists(other), other));
    }

    [Fact]
    public void A_link_is_replaced_and_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        var elsewhere = Path.Combine(_folder.FullName, "elsewhere");
        File.WriteAllText(elsewhere, "somebody else's");
        File.CreateSymbolicLink(Target, elsewhere);
        using (var file = new FinishedFile(Target))
        {
            file.Stream.Write("new"u8);
            file.Complete();
        }

        Assert.Equal("somebody else's", File.ReadAllText(elsewhere));
        Assert.Equal("new", File.ReadAllText(Target));
        Assert.Null(new FileInfo(Target).LinkTarget);
    }

    [Fact]
    public void What_can_have_no_file_is_refused_at_once()
    {
        _folder.CreateSubdirectory("taken");
        Assert.Throws<IOException>(() => new FinishedFile(Path.Combine(_folder.FullName, "taken")));
        Assert.Throws<DirectoryNotFoundException>(() => new FinishedFile(Path.Combine(_folder.FullName, "missing", Name)));
        Assert.ThrowsAny<IOException>(() => new FinishedFile(Target, length: long.MaxValue / 2));
        Assert.Equal(["taken"], Names);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Leftover(string name, int minutesAgo) => Old($"{name}.{Guid.NewGuid():N}.part", minutesAgo);

    private string Old(string name, int minutesAgo = 2)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, "half of it");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-minutesAgo));
        return path;
    }
}
