using AiKernels.Formats;
using AiKernels.Runtime.Files.Packed;
using AiKernels.Runtime.Models;
using Xunit;

namespace AiKernels.Runtime.Tests.Files.Packed;

/// <summary>Headers under a right hash whose numbers are made to cost time, or an exception that nobody expects.</summary>
public class PackedHeaderTests
{
    private const long Piece = PackedHeader.PieceBytes;

    private static readonly PackedKey Key = new("layout", new SourceIdentity(Length: 1 << 20, Modified: 1, Fingerprint: 2));

    [Fact]
    public void An_honest_header_is_read_as_it_was_written()
    {
        PackedEntry[] entries = [Entry("a", 0, 100), Entry("b", 128, 2 * Piece)];
        var header = Read(new PackedHeader(entries, [1, 2, 3], PackedHeader.AlignUp(128 + (2 * Piece), PackedHeader.Alignment)));
        Assert.Equal(entries, header.Entries);
        Assert.Equal([1UL, 2, 3], header.PieceHashes);
    }

    [Fact]
    public void Pieces_lie_in_whole_huge_pages_of_the_file()
    {
        const int hugePage = 2 << 20;
        var bytes = new PackedHeader([Entry("a", 0, 64)], new ulong[1], 64).ToBytes(Key);
        Assert.Equal((0, 0), (bytes.Length % hugePage, Piece % hugePage));
    }

    [Theory]
    [InlineData(3L << 50)] // More pieces than an int counts.
    [InlineData(long.MaxValue >> 1)]
    public void A_sparse_file_beyond_all_counting_is_refused(long payload)
    {
        Refused(new PackedHeader([], [], payload));
        Refused(new PackedHeader([Entry("a", 0, payload)], [], payload));
    }

    [Fact]
    public void Bytes_that_belong_to_no_weight_are_refused()
    {
        Refused(new PackedHeader([], new ulong[1], Piece));
        Refused(new PackedHeader([Entry("a", 0, 64)], new ulong[2], 2 * Piece));
    }

    [Fact]
    public void Weights_that_overlap_or_leave_gaps_are_refused()
    {
        Refused(new PackedHeader([Entry("a", 0, 64), Entry("b", 0, 64)], new ulong[1], 64));
        Refused(new PackedHeader([Entry("a", 0, 64), Entry("b", 192, 64)], new ulong[1], 256));
        Refused(new PackedHeader([Entry("a", 0, -64)], [], 0));
        Refused(new PackedHeader([Entry("a", 0, 128)], new ulong[1], 64));
    }

    [Fact]
    public void A_weight_far_larger_than_the_model_is_refused()
    {
        const int pieces = 1 << 20; // A terabyte of zeros to hash.
        Refused(new PackedHeader([Entry("a", 0, pieces * Piece)], new ulong[pieces], pieces * Piece));
    }

    [Fact]
    public void A_header_that_would_not_be_read_again_is_not_written()
    {
        var names = new string('n', 1 << 20);
        var many = Enumerable.Range(0, 17).Select(i => Entry(names, i * 64, 64)).ToArray();
        Assert.Throws<NotSupportedException>(() => new PackedHeader(many, new ulong[1], 17 * 64).ToBytes(Key));
        Assert.Throws<NotSupportedException>(() => PackedHeader.RoomForHashes(3L << 50));
    }

    private static PackedEntry Entry(string name, long offset, long length) =>
        new(new StoredTensor(name, GgmlType.Q4_K, 16, 256), offset, length, SourceHash: 7);

    private static PackedHeader Read(PackedHeader header)
    {
        var bytes = header.ToBytes(Key);
        return PackedHeader.Read(bytes, Key, bytes.Length + header.PayloadLength);
    }

    private static void Refused(PackedHeader header) => Assert.NotEqual("", Assert.Throws<InvalidDataException>(() => Read(header)).Message);
}
