using AiKernels.Formats;
using AiKernels.Runtime.Files;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Files;

public sealed class GgufWindowTests
{
    private const int WindowBytes = 16 << 20;
    private const int Windows = 24;

    [Fact]
    public void Windows_reach_exactly_the_bytes_of_their_tensor()
    {
        using var temporary = new TemporaryFile(GgufSketch.Honest().ToArray());
        using var file = GgufFile.Open(temporary.Path);
        var tensor = file.Tensor("first");

        using var last = file.Map(tensor, tensor.ByteLength - 1, 1);
        Assert.Equal(1, last.Bytes.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Map(tensor, tensor.ByteLength, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Map(tensor, 0, (int)tensor.ByteLength + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Map(tensor, -1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Map(tensor, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Map(tensor, long.MaxValue, int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => file.Map(tensor with { Offset = file.Length - 8 }, 0, (int)tensor.ByteLength));
    }

    [Fact]
    public void A_file_that_became_shorter_is_refused()
    {
        using var temporary = new TemporaryFile(GgufSketch.Honest().ToArray());
        using var file = GgufFile.Open(temporary.Path);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets nobody shorten an open file");
        var tensor = file.Tensor("first");
        using (var other = new FileStream(temporary.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            other.SetLength(tensor.Offset);
        }

        Assert.Throws<InvalidDataException>(() => file.Map(tensor));
    }

    [Fact]
    public void Walking_a_large_tensor_does_not_make_it_resident()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "resident memory is read from /proc");
        using var temporary = SparseModel();
        using var file = GgufFile.Open(temporary.Path);
        var tensor = file.Tensors[0];

        // The yardstick first: windows that stay open do become resident, so the measurement can see it.
        var before = ResidentBytes();
        var open = Enumerable.Range(0, Windows).Select(i => Touch(file, tensor, i)).ToList();
        var heldOpen = ResidentBytes() - before;
        open.ForEach(window => window.Dispose());
        Assert.InRange(heldOpen, (long)WindowBytes * (Windows - 4), long.MaxValue);

        before = ResidentBytes();
        var most = 0L;
        for (var i = 0; i < Windows; i++)
        {
            using var window = Touch(file, tensor, i);
            most = Math.Max(most, ResidentBytes() - before);
        }

        Assert.InRange(most, WindowBytes / 2, 2L * WindowBytes);
    }

    [Fact]
    public void Many_threads_map_and_read_at_once()
    {
        var writer = new GgufWriter();
        writer.AddTensor("w", GgmlType.I8, [1000, 300], (row, bytes) => bytes.Fill((byte)row));
        writer.AddArray("tokens", Enumerable.Range(0, 500).Select(i => $"token {i}").ToArray());
        using var temporary = new TemporaryFile();
        writer.WriteTo(temporary.Path);
        using var file = GgufFile.Open(temporary.Path);
        var tensor = file.Tensor("w");

        Parallel.For(0, tensor.Rows, new() { MaxDegreeOfParallelism = 8 }, row =>
        {
            using var window = file.Map(tensor, row * tensor.RowBytes, (int)tensor.RowBytes);
            Assert.Equal(1000 * (byte)row, GgufWalk.Sum(window.Bytes));
            Assert.Equal($"token {row}", file.Metadata.GetStrings("tokens")[row]);
        });
    }

    /// <summary>A model of one tensor whose bytes are a hole: it takes no disk, and its pages read as zeros.</summary>
    private static TemporaryFile SparseModel()
    {
        var length = (long)WindowBytes * Windows;
        var temporary = new TemporaryFile(
            new GgufSketch().Bytes("magic", "GGUF"u8).UInt32("version", 3).UInt64("tensor count", 1)
                .UInt64("metadata count", 0).Tensor("w", (uint)GgmlType.I8, 0, (ulong)length).ToArray());
        using var stream = File.OpenWrite(temporary.Path);
        stream.SetLength(((stream.Length + 31) & ~31L) + length);
        return temporary;
    }

    /// <summary>Maps a window and reads a byte of each of its pages.</summary>
    private static GgufWindow Touch(GgufFile file, GgufTensor tensor, int index)
    {
        var window = file.Map(tensor, (long)index * WindowBytes, WindowBytes);
        var sum = 0;
        for (var i = 0; i < WindowBytes; i += Environment.SystemPageSize)
        {
            sum += window.Bytes[i];
        }

        Assert.Equal(0, sum);
        return window;
    }

    /// <summary>Resident pages of mapped files, without the managed heap that other tests use meanwhile.</summary>
    private static long ResidentBytes() => 1024 * File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith("RssFile:", StringComparison.Ordinal)
            || line.StartsWith("RssShmem:", StringComparison.Ordinal))
        .Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));
}
