using System.Buffers.Binary;
using System.Diagnostics;
using AiKernels.Runtime.Files.Snapshots;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Files.Snapshots;

/// <summary>Files that somebody made to do harm: lies under right checksums.</summary>
public class HostileSnapshotTests
{
    private const int Mutations = 5_000;

    // Strings and arrays of what was a few bytes; the constant covers handles, exceptions and buffers.
    private const long AllocationPerByte = 24, AllocationPerFile = 200_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_mutated_file_under_right_checksums_is_read_or_refused_and_nothing_else(int seed)
    {
        var random = new Random(seed);
        var honest = Content(SampleSnapshot.Small);
        var (read, refused) = (0, 0);
        using var file = new TemporaryFile(SampleSnapshot.Small.ToBytes());
        for (var i = 0; i < Mutations; i++)
        {
            file.Overwrite(Seal(Mutation.Of(honest, random)));
            if (IsRead(file.Path))
            {
                read++;
            }
            else
            {
                refused++;
            }
        }

        // Both must happen often, or the mutations are too tame or too wild to test anything.
        Assert.InRange(read, Mutations / 20, Mutations);
        Assert.InRange(refused, Mutations / 20, Mutations);
    }

    [Fact]
    public void Every_number_of_the_header_can_lie_and_is_not_believed()
    {
        var honest = Content(SampleSnapshot.Small);
        using var file = new TemporaryFile(SampleSnapshot.Small.ToBytes());
        foreach (var value in (ulong[])[0, 1, 63, int.MaxValue, uint.MaxValue, 1UL << 32, long.MaxValue, ulong.MaxValue])
        {
            for (var place = 0; place < honest.Length - sizeof(ulong); place++)
            {
                var lying = honest.ToArray();
                BinaryPrimitives.WriteUInt64LittleEndian(lying.AsSpan(place), value);
                file.Overwrite(Seal(lying));
                IsRead(file.Path);
            }
        }
    }

    [Fact]
    public void Sizes_whose_product_is_beyond_all_numbers_are_refused()
    {
        var fields = SnapshotFields.ToBytes(SampleSnapshot.Small.Header);
        var shape = fields.AsSpan().IndexOf("0123456789abcdef"u8) + 16 + sizeof(int);
        foreach (var headLength in (int[])[1, 4096, 5000, int.MaxValue])
        {
            int[] sizes = [int.MaxValue, 1 << 18, headLength, 0, 1 << 18];
            Buffer.BlockCopy(sizes, 0, fields, shape, sizes.Length * sizeof(int));
            using var file = new TemporaryFile(Seal(fields));
            Assert.False(IsRead(file.Path));
        }
    }

    [Fact]
    public void Nobody_makes_us_wait_for_a_pipe()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a folder has no pipes there");
        using var pipe = new TemporaryFile();
        Process.Start("mkfifo", [pipe.Path]).WaitForExit();
        var opening = Task.Run(() => SnapshotFile.Open(pipe.Path), TestContext.Current.CancellationToken);
        Assert.True(((IAsyncResult)opening).AsyncWaitHandle.WaitOne(Patience));
        Assert.IsType<InvalidDataException>(opening.Exception?.InnerException);
    }

    [Fact]
    public void What_is_no_file_at_all_is_refused_as_such()
    {
        using var empty = new TemporaryFile([]);
        Assert.Throws<InvalidDataException>(() => SnapshotFile.Open(empty.Path));
        Assert.Throws<FileNotFoundException>(() => SnapshotFile.Open($"{empty.Path}.missing"));
        Assert.Throws<UnauthorizedAccessException>(() => SnapshotFile.Open(Path.GetTempPath()));
    }

    /// <summary>Whether a file can be opened and read to its last byte; other exceptions fail the test.</summary>
    private static bool IsRead(string path)
    {
        var length = new FileInfo(path).Length;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var file = SnapshotFile.Open(path);
            for (var image = 0; image < file.Header.Images; image++)
            {
                file.ReadImage(image, new byte[file.Header.ImageBytes(image)]);
            }

            return true;
        }
        catch (InvalidDataException refusal)
        {
            Assert.Matches(@" at byte \d+[ )]", refusal.Message);
            return false;
        }
        finally
        {
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.InRange(allocated, 0, AllocationPerFile + (AllocationPerByte * length));
        }
    }

    private static byte[] Content(SampleSnapshot sample)
    {
        var fields = SnapshotFields.ToBytes(sample.Header);
        var content = new byte[fields.Length + sample.Header.ImageOffset(sample.Header.Images)];
        fields.CopyTo(content, 0);
        for (var image = 0; image < sample.Header.Images; image++)
        {
            sample.Fill(image, content.AsSpan(fields.Length + (int)sample.Header.ImageOffset(image), sample.Header.ImageBytes(image)));
        }

        return content;
    }

    /// <summary>A file in the open of any content.</summary>
    private static byte[] Seal(byte[] content)
    {
        var (preamble, seal) = SnapshotPreamble.Create(key: null);
        using var stream = new MemoryStream();
        stream.Write(preamble);
        using var writer = new ChunkWriter(stream, seal, new ChunkLayout(content.Length, seal.TagBytes));
        writer.Write(content);
        return stream.ToArray();
    }
}
