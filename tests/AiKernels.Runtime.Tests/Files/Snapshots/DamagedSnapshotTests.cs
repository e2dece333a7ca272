using AiKernels.Runtime.Files.Snapshots;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Files.Snapshots;

/// <summary>Whatever happens to a file's bytes, it is noticed before any of them is used.</summary>
public class DamagedSnapshotTests
{
    public static TheoryData<bool> Forms => SampleSnapshot.Forms;

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_flipped_bit_is_noticed(bool isEncrypted)
    {
        var bytes = SampleSnapshot.Small.ToBytes(isEncrypted);
        Assert.InRange(bytes.Length, 500, 1200);
        using var file = new TemporaryFile(bytes);
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            AssertRefused(file, bytes, isEncrypted, $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        file.Overwrite(bytes);
        SampleSnapshot.Small.AssertIn(file.Path, isEncrypted);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Flipped_bits_of_a_large_file_are_noticed(bool isEncrypted)
    {
        var bytes = SampleSnapshot.Large.ToBytes(isEncrypted);
        var random = new Random(1);
        using var file = new TemporaryFile(bytes);
        for (var i = 0; i < 100; i++)
        {
            var place = random.Next(bytes.Length);
            var flipped = (byte)(1 << random.Next(8));
            bytes[place] ^= flipped;
            AssertRefused(file, bytes, isEncrypted, $"byte {place}");
            bytes[place] ^= flipped;
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_length_but_the_files_own_is_noticed(bool isEncrypted)
    {
        var bytes = SampleSnapshot.Small.ToBytes(isEncrypted);
        using var file = new TemporaryFile(bytes);
        for (var length = 0; length < bytes.Length; length++)
        {
            AssertRefused(file, bytes[..length], isEncrypted, $"{length} bytes");
        }

        for (var more = 1; more < 100; more++)
        {
            AssertRefused(file, [.. bytes, .. new byte[more]], isEncrypted, $"{more} bytes more");
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Chunks_that_are_left_out_doubled_exchanged_or_come_from_another_file_are_noticed(bool isEncrypted)
    {
        var (bytes, other) = (SampleSnapshot.Large.ToBytes(isEncrypted), (SampleSnapshot.Large with { Seed = 2 }).ToBytes(isEncrypted));
        var stride = ChunkLayout.ChunkBytes + (isEncrypted ? 16 : 8);
        byte[] Chunk(int chunk) => bytes[Start(chunk)..Math.Min(bytes.Length, Start(chunk + 1))];
        int Start(int chunk) => SnapshotPreamble.Bytes + (chunk * stride);
        var preamble = bytes[..SnapshotPreamble.Bytes];
        using var file = new TemporaryFile(bytes);

        AssertRefused(file, [.. preamble, .. Chunk(0), .. Chunk(2), .. Chunk(1), .. Chunk(3)], isEncrypted, "exchanged");
        AssertRefused(file, [.. preamble, .. Chunk(0), .. Chunk(2), .. Chunk(3)], isEncrypted, "one less");
        AssertRefused(file, [.. preamble, .. Chunk(0), .. Chunk(1), .. Chunk(2)], isEncrypted, "the last one less");
        AssertRefused(file, [.. preamble, .. Chunk(0), .. Chunk(1), .. Chunk(1), .. Chunk(2), .. Chunk(3)], isEncrypted, "one twice");
        AssertRefused(file, [.. bytes, .. Chunk(3)], isEncrypted, "the last one twice");
        AssertRefused(file, preamble, isEncrypted, "none");
        AssertRefused(file, [.. bytes[..Start(1)], .. other[Start(1)..]], isEncrypted, "another file's");
        AssertRefused(file, [.. other[..SnapshotPreamble.Bytes], .. bytes[SnapshotPreamble.Bytes..]], isEncrypted, "another preamble");

        file.Overwrite(bytes);
        SampleSnapshot.Large.AssertIn(file.Path, isEncrypted);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void What_changes_after_the_file_was_opened_is_noticed_when_it_is_read(bool isEncrypted)
    {
        var bytes = SampleSnapshot.Large.ToBytes(isEncrypted);
        using var temporary = new TemporaryFile(bytes);
        using var file = SnapshotFile.Open(temporary.Path, SampleSnapshot.KeyOf(isEncrypted));
        var image = new byte[file.Header.ImageBytes(0)];
        file.ReadImage(0, image);
        using (var stream = new FileStream(temporary.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            stream.Position = bytes.Length - 100;
            stream.WriteByte((byte)(bytes[^100] ^ 1));
        }

        file.ReadImage(0, image);
        var last = new byte[file.Header.ImageBytes(file.Header.Images - 1)];
        Assert.Throws<InvalidDataException>(() => file.ReadImage(file.Header.Images - 1, last));
        Assert.Throws<InvalidDataException>(() => file.ReadImage(file.Header.Images - 1, last));
        file.ReadImage(0, image);
    }

    private static void AssertRefused(TemporaryFile file, ReadOnlySpan<byte> bytes, bool isEncrypted, string what)
    {
        file.Overwrite(bytes);
        var failure = Record.Exception(() => SnapshotFile.Open(file.Path, SampleSnapshot.KeyOf(isEncrypted)).Dispose());
        Assert.True(failure is InvalidDataException, $"{what}: {failure?.GetType().Name ?? "not noticed"}");
        Assert.Matches(@" at byte \d+[ )]", failure!.Message);
    }
}
