using System.Diagnostics;
using AiKernels.Runtime.Files.Snapshots;
using Xunit;

namespace AiKernels.Runtime.Tests.Files.Snapshots;

/// <summary>A file is always one of those that were written whole, whatever happens to their writers.</summary>
public sealed class SnapshotWritingTests : IDisposable
{
    private const string PathVariable = "AIKERNELS_TEST_SNAPSHOT";
    private const int Conversations = 4, Kills = 6, LongestPause = 60;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aikernels-test-");

    private string Target => Path.Combine(_folder.FullName, "conversation.snapshot");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_write_that_fails_or_is_cancelled_leaves_the_old_one_and_nothing_else(bool isEncrypted)
    {
        SampleSnapshot.Small.Write(Target, isEncrypted);
        var (header, key) = (SampleSnapshot.Large.Header, SampleSnapshot.KeyOf(isEncrypted));
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<NotSupportedException>(() => SnapshotFile.Write(Target, header, Throw, key, default));
        Assert.Throws<OperationCanceledException>(() => SnapshotFile.Write(Target, header, Cancel, key, cancellation.Token));
        Assert.Equal(Target, Assert.Single(Directory.GetFileSystemEntries(_folder.FullName)));
        SampleSnapshot.Small.AssertIn(Target, isEncrypted);

        void Throw(int image, Span<byte> bytes)
        {
            if (image == 7)
            {
                throw new NotSupportedException();
            }
        }

        void Cancel(int image, Span<byte> bytes)
        {
            if (image == 7)
            {
                cancellation.Cancel();
            }
        }
    }

    [Fact]
    public void Only_its_owner_may_read_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no modes there");
        File.WriteAllText(Target, "anybody may read this");
        SampleSnapshot.Small.Write(Target);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Target));
        }
    }

    [Fact]
    public void It_can_be_overwritten_again_and_again()
    {
        // In a process of its own, until that is killed.
        var path = Environment.GetEnvironmentVariable(PathVariable);
        for (var round = 0; path is not null || round < 3; round++)
        {
            var seed = path is null ? round : Read(path) + 1;
            Write(path ?? Target, seed);
            Assert.Equal(seed, Read(path ?? Target));
        }
    }

    [Fact]
    public void A_writer_that_is_killed_at_any_moment_leaves_a_whole_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a file that is being read can't be replaced there");
        Parallel.For(0, Conversations, conversation =>
        {
            var random = new Random(conversation);
            var path = Path.Combine(_folder.FullName, $"{conversation}.snapshot");
            Write(path, seed: 0);
            for (var kill = 0; kill < Kills; kill++)
            {
                var before = Read(path);
                using var writer = OwnProcess.Start(
                    typeof(SnapshotWritingTests), nameof(It_can_be_overwritten_again_and_again), PathVariable, path);
                var clock = Stopwatch.StartNew();
                while (Read(path) == before)
                {
                    Assert.True(clock.Elapsed < Patience && !writer.HasExited, "the writer doesn't write");
                }

                Thread.Sleep(random.Next(LongestPause));
                writer.Kill();
                writer.WaitForExit();
                Assert.True(Read(path) > before);
            }
        });

        // Some were killed in the middle, and what they left is cleared away.
        var left = Directory.GetFiles(_folder.FullName, "*.part");
        Assert.NotEmpty(left);
        Array.ForEach(left, file => File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-2)));
        for (var conversation = 0; conversation < Conversations; conversation++)
        {
            Write(Path.Combine(_folder.FullName, $"{conversation}.snapshot"), seed: 1);
        }

        Assert.Equal(Conversations, _folder.GetFiles().Length);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static bool IsEncrypted(string path) => Path.GetFileName(path)[0] % 2 == 1;

    /// <summary>Writes a file of some chunks that holds its seed and images that follow from it.</summary>
    private static void Write(string path, int seed) => Numbered(seed).Write(path, IsEncrypted(path));

    /// <summary>Reads such a file to the last byte, and gives its seed.</summary>
    private static int Read(string path)
    {
        int seed;
        using (var file = SnapshotFile.Open(path, SampleSnapshot.KeyOf(IsEncrypted(path))))
        {
            seed = file.Header.NumericsVersion;
            var sample = Numbered(seed);
            for (var image = 0; image < file.Header.Images; image++)
            {
                var (bytes, expected) = (new byte[file.Header.ImageBytes(image)], new byte[file.Header.ImageBytes(image)]);
                file.ReadImage(image, bytes);
                sample.Fill(image, expected);
                Assert.Equal(expected, bytes);
            }
        }

        return seed;
    }

    private static SampleSnapshot Numbered(int seed) =>
        new(SampleSnapshot.Large.Header with { NumericsVersion = seed, Positions = 600 }, seed);
}
