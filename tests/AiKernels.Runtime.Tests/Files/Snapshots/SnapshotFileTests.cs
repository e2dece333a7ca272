using System.Text;
using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files.Snapshots;
using AiKernels.Tests.Shared;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Runtime.Tests.Files.Snapshots;

/// <summary>What was written is read, and by whoever may read it alone.</summary>
public class SnapshotFileTests
{
    public static TheoryData<bool> Forms => SampleSnapshot.Forms;

    [Theory]
    [MemberData(nameof(Forms))]
    public void Any_conversation_comes_back_as_it_was(bool isEncrypted)
    {
        using var file = new TemporaryFile();
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var sample = SampleSnapshot.Random(seed);
            sample.Write(file.Path, isEncrypted);
            sample.AssertIn(file.Path, isEncrypted);
        }));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void One_of_many_chunks_comes_back_whatever_its_last_one_holds(bool isEncrypted)
    {
        using var file = new TemporaryFile();
        var least = SnapshotFields.ToBytes(SampleSnapshot.Small.Header with { Positions = 0, Tag = default }).Length;
        foreach (var length in (int[])[1, ChunkLayout.ChunkBytes - 1, ChunkLayout.ChunkBytes, ChunkLayout.ChunkBytes + 1, 2 * ChunkLayout.ChunkBytes])
        {
            var sample = SampleSnapshot.Small with
            {
                Header = SampleSnapshot.Small.Header with { Positions = 0, Tag = new byte[Math.Max(0, length - least)] },
            };
            sample.Write(file.Path, isEncrypted);
            sample.AssertIn(file.Path, isEncrypted);
        }

        SampleSnapshot.Large.Write(file.Path, isEncrypted);
        Assert.InRange(new FileInfo(file.Path).Length, 3 * ChunkLayout.ChunkBytes, 4 * ChunkLayout.ChunkBytes);
        SampleSnapshot.Large.AssertIn(file.Path, isEncrypted);
    }

    [Fact]
    public void What_belongs_to_a_request_is_not_kept()
    {
        using var file = new TemporaryFile();
        var asked = new GenerationOptions { Tenant = "somebody", Priority = 7, TimeLimit = TimeSpan.FromHours(1), ParseSpecial = true };
        SnapshotFile.Write(file.Path, SampleSnapshot.Small.Header with { Options = asked }, SampleSnapshot.Small.Fill);
        Assert.DoesNotContain("somebody", Encoding.Latin1.GetString(File.ReadAllBytes(file.Path)), StringComparison.Ordinal);
        using var read = SnapshotFile.Open(file.Path);
        Assert.Equal(new GenerationOptions { StopStrings = read.Header.Options.StopStrings }, read.Header.Options);
    }

    [Fact]
    public void Without_the_key_a_file_tells_that_it_is_an_encrypted_snapshot_and_no_more()
    {
        var (one, other) = (SampleSnapshot.Small.ToBytes(isEncrypted: true), SampleSnapshot.Small.ToBytes(isEncrypted: true));
        var open = SampleSnapshot.Small.ToBytes();
        Assert.Equal(one[..12], open[..12]);
        Assert.Equal(one[..16], other[..16]);
        Assert.NotEqual(one[16..SnapshotPreamble.Bytes], other[16..SnapshotPreamble.Bytes]);

        // No eight bytes of it in a row are in another file of the same key and content.
        var seen = Enumerable.Range(16, other.Length - 24).Select(at => BitConverter.ToUInt64(other, at)).ToHashSet();
        Assert.DoesNotContain(Enumerable.Range(16, one.Length - 24), at => seen.Contains(BitConverter.ToUInt64(one, at)));
        Assert.DoesNotContain(SampleSnapshot.Small.Header.ModelHash, Encoding.Latin1.GetString(one), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_key_is_told_as_such()
    {
        using var file = new TemporaryFile(SampleSnapshot.Small.ToBytes(isEncrypted: true));
        var other = new SnapshotKey([.. Enumerable.Range(1, 31).Select(value => (byte)value), 33]);
        Assert.Contains("is damaged, or the key is another", Refusal(file.Path, other), StringComparison.Ordinal);
        Assert.Contains("there is no key", Refusal(file.Path, null), StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_has_a_key_is_given_nothing_that_was_not_encrypted_with_it()
    {
        using var file = new TemporaryFile(SampleSnapshot.Small.ToBytes());
        Assert.Contains("not encrypted", Refusal(file.Path, SampleSnapshot.Key), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(64)]
    public void A_key_of_another_length_is_none(int length) =>
        Assert.Throws<ArgumentException>(() => new SnapshotKey(new byte[length]));

    [Fact]
    public void Headers_that_contradict_themselves_are_not_written()
    {
        using var file = new TemporaryFile();
        var header = SampleSnapshot.Small.Header;
        SnapshotHeader[] wrong =
        [
            header with { ModelHash = "" }, header with { ModelHash = new string('f', 257) }, header with { ModelHash = "\uD800" },
            header with { NumericsVersion = -1 }, header with { Positions = -1 }, header with { Positions = header.Tokens.Length + 1 },
            header with { Tokens = new[] { 1, -1 }, Positions = 1 }, header with { Shape = header.Shape with { PageLength = 63 } },
            header with { Shape = header.Shape with { Type = GgmlType.Q4_K } },
            header with { Shape = new KeyValueShape(int.MaxValue, 1 << 15, 1 << 12, GgmlType.F32, 1 << 12) },
            header with { Shape = new KeyValueShape(1 << 12, 1 << 10, 1 << 10) },
            header with { Options = new GenerationOptions { MaxTokens = -1 } },
            header with { Options = new GenerationOptions { StopStrings = ["\uDC00"] } },
        ];
        Assert.All(wrong, each => Assert.ThrowsAny<ArgumentException>(() => SnapshotFile.Write(file.Path, each, SampleSnapshot.Small.Fill)));
        Assert.False(File.Exists(file.Path));
    }

    [Fact]
    public void Images_are_asked_for_by_their_place_and_their_length()
    {
        using var temporary = new TemporaryFile(SampleSnapshot.Small.ToBytes());
        using var file = SnapshotFile.Open(temporary.Path);
        Assert.Equal((2, 64, 6), (file.Header.Images, file.Header.ImagePositions(0), file.Header.ImagePositions(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadImage(2, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadImage(-1, []));
        Assert.Throws<ArgumentException>(() => file.ReadImage(0, new byte[file.Header.ImageBytes(1)]));
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.ReadImage(0, new byte[file.Header.ImageBytes(0)]));
    }

    private static string Refusal(string path, SnapshotKey? key) =>
        Assert.Throws<InvalidDataException>(() => SnapshotFile.Open(path, key)).Message;
}
