using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Reference;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Files.Packed;
using AiKernels.Runtime.Hashing;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Tests.Models;
using AiKernels.Tests;
using Xunit;

namespace AiKernels.Runtime.Tests.Files.Packed;

/// <summary>Packed weights that were kept give the bits of those that are packed anew, and are believed in no other case.</summary>
public class PackedCacheTests
{
    public static TheoryData<GgmlType> Types => new(SupportedFormats.All.Select(format => format.Type));

    [Theory]
    [MemberData(nameof(Types))]
    public void A_model_on_kept_weights_has_every_bit_of_one_without(GgmlType type)
    {
        using var cached = new CachedModel(type);
        var (expected, none) = cached.Run(folder: null);
        var (first, written) = cached.Run(cached.Folder);
        var (second, used) = cached.Run(cached.Folder);

        Assert.Null(none);
        Assert.Equal(new PackedCacheResult(PackedCacheState.Written, cached.Packed, null), written);
        Assert.Equal(new PackedCacheResult(PackedCacheState.Used, cached.Packed, null), used);
        Bits.AssertEqual(expected, first);
        Bits.AssertEqual(expected, second);
    }

    [Fact]
    public void Any_flipped_byte_is_noticed_and_the_file_replaced()
    {
        using var cached = new CachedModel();
        var (expected, _) = cached.Run(cached.Folder);
        var honest = File.ReadAllBytes(cached.Packed);
        var header = HeaderLength(honest);
        var random = new Random(1);
        int[] places =
        [
            0, 7, 8, 12, 13, 16, 23, // Magic, version, header length, file length.
            .. Enumerable.Range(24, 900).Where(_ => random.Next(20) == 0), // Key, weights, hashes.
            4000, header - 9, header - 8, header - 1, // Padding and the header's hash.
            header, honest.Length - 1,
            .. Enumerable.Range(0, 20).Select(_ => random.Next(header, honest.Length)),
        ];
        foreach (var place in places)
        {
            var damaged = honest.ToArray();
            damaged[place] ^= (byte)(1 << random.Next(8));
            AssertReplaced(cached, damaged, expected, honest);
        }
    }

    [Fact]
    public void A_file_that_is_cut_off_or_grew_or_is_none_at_all_is_replaced()
    {
        using var cached = new CachedModel();
        var (expected, _) = cached.Run(cached.Folder);
        var honest = File.ReadAllBytes(cached.Packed);
        var header = HeaderLength(honest);
        foreach (var length in (int[])[0, 1, 15, 16, 100, header - 1, header, header + 1, honest.Length - 1])
        {
            AssertReplaced(cached, honest[..length], expected, honest);
        }

        AssertReplaced(cached, [.. honest, 0], expected, honest);
        AssertReplaced(cached, File.ReadAllBytes(cached.Model), expected, honest);
    }

    [Fact]
    public void A_file_of_another_version_is_replaced()
    {
        using var cached = new CachedModel();
        var (expected, _) = cached.Run(cached.Folder);
        var honest = File.ReadAllBytes(cached.Packed);
        foreach (var place in (int[])[8, 24, 30]) // This layout's version, the numerics' and a letter of the panels' name.
        {
            var other = honest.ToArray();
            other[place]++;
            Rehash(other);
            AssertReplaced(cached, other, expected, honest);
        }
    }

    [Fact]
    public void Numbers_that_point_outside_are_refused_even_under_a_right_hash()
    {
        using var cached = new CachedModel();
        var (expected, _) = cached.Run(cached.Folder);
        var honest = File.ReadAllBytes(cached.Packed);
        for (var place = 16; place < 700; place += 5)
        {
            foreach (var value in (byte[])[0x00, 0x7F, 0xFF])
            {
                var crafted = honest.ToArray();
                crafted[place] = value;
                Rehash(crafted);
                File.WriteAllBytes(cached.Packed, crafted);
                Assert.Null(Record.Exception(() => cached.Run(cached.Folder)));
            }
        }

        File.WriteAllBytes(cached.Packed, honest);
        Bits.AssertEqual(expected, cached.Run(cached.Folder).Logits);
    }

    [Fact]
    public void Weights_of_an_earlier_state_of_the_model_are_replaced()
    {
        using var cached = new CachedModel();
        cached.Run(cached.Folder);

        // Written again, to the same bytes.
        File.SetLastWriteTimeUtc(cached.Model, DateTime.UtcNow.AddHours(1));
        Assert.Equal(PackedCacheState.Written, cached.Run(cached.Folder).Result!.State);

        // Another training at the same size and time.
        var time = File.GetLastWriteTimeUtc(cached.Model);
        var bytes = File.ReadAllBytes(cached.Model);
        bytes.AsSpan(bytes.Length / 2).Reverse();
        File.WriteAllBytes(cached.Model, bytes);
        File.SetLastWriteTimeUtc(cached.Model, time);
        var (logits, result) = cached.Run(cached.Folder);
        Assert.Equal(PackedCacheState.Written, result!.State);
        Assert.Contains("another state", result.Problem, StringComparison.Ordinal);
        Bits.AssertEqual(cached.Run(folder: null).Logits, logits);

        // A longer file.
        File.AppendAllText(cached.Model, "more");
        Assert.Equal(PackedCacheState.Written, cached.Run(cached.Folder).Result!.State);
        Assert.Single(Directory.GetFiles(cached.Folder));
    }

    [Theory]
    [InlineData("file/below")]
    [InlineData("file")]
    [InlineData("no\0name")]
    public void Where_none_can_be_written_none_is_kept(string folder)
    {
        using var cached = new CachedModel();
        File.WriteAllText(Path.Combine(cached.Folder, "file"), "in the way");
        var (logits, result) = cached.Run(Path.Combine(cached.Folder, folder));
        Assert.Equal(PackedCacheState.Unwritable, result!.State);
        Assert.NotNull(result.Problem);
        Bits.AssertEqual(cached.Run(folder: null).Logits, logits);
    }

    [Fact]
    public void A_folder_in_the_place_of_the_file_changes_nothing()
    {
        using var cached = new CachedModel();
        cached.Run(cached.Folder);
        var path = cached.Packed;
        File.Delete(path);
        Directory.CreateDirectory(path);
        Assert.Equal(PackedCacheState.Unwritable, cached.Run(cached.Folder).Result!.State);
        Assert.Empty(Directory.GetFiles(cached.Folder));
    }

    [Fact]
    public async Task Several_that_write_at_once_leave_one_whole_file()
    {
        using var cached = new CachedModel();
        var expected = cached.Run(folder: null).Logits;
        var runs = Enumerable.Range(0, 4).Select(_ => Task.Run(() => cached.Run(cached.Folder).Logits)).ToArray();
        foreach (var logits in await Task.WhenAll(runs))
        {
            Bits.AssertEqual(expected, logits);
        }

        var (last, result) = cached.Run(cached.Folder);
        Assert.Equal(PackedCacheState.Used, result!.State);
        Assert.Equal(cached.Packed, result.Path);
        Bits.AssertEqual(expected, last);
    }

    [Fact]
    public void A_write_that_is_cancelled_or_fails_leaves_nothing()
    {
        using var cached = new CachedModel();
        var key = new PackedKey("none", default);
        var path = Path.Combine(cached.Folder, "weights.packed");
        var backend = new SmallBackend(10); // Its weights can't be read back.
        var weight = backend.AllocateWeight(GgmlType.Q4_K, 16, 256);
        var weights = new[] { (new StoredTensor("w", GgmlType.Q4_K, 16, 256), new PackedWeight(weight, 0)) };

        Assert.Throws<NotSupportedException>(() => PackedFileWriter.Write(path, null, key, backend, weights, default));
        Assert.Empty(Directory.GetFileSystemEntries(cached.Folder));

        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => PackedFileWriter.Write(path, null, key, backend, weights, cancelled.Token));
        Assert.Empty(Directory.GetFileSystemEntries(cached.Folder));
        Assert.ThrowsAny<OperationCanceledException>(() => cached.Run(cached.Folder, cancelled.Token));
        Assert.Empty(Directory.GetFileSystemEntries(cached.Folder));
    }

    [Fact]
    public void What_failed_is_told_even_if_nothing_can_be_cleared_away()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a folder of an open file can't be deleted there");
        using var cached = new CachedModel();
        var folder = Path.Combine(cached.Folder, "vanishes");
        var backend = new SmallBackend(1) { Reading = () => Directory.Delete(folder, recursive: true) };
        using var weight = backend.AllocateWeight(GgmlType.Q4_K, 16, 256);
        var weights = new[] { (new StoredTensor("w", GgmlType.Q4_K, 16, 256), new PackedWeight(weight, 0)) };
        Assert.Throws<NotSupportedException>(() =>
            PackedFileWriter.Write(Path.Combine(folder, "weights.packed"), null, new PackedKey("none", default), backend, weights, default));
    }

    [Fact]
    public void Weights_outlive_the_name_of_their_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a mapped file can't be deleted there");
        using var cached = new CachedModel();
        var (expected, _) = cached.Run(cached.Folder);
        using var backend = new CpuBackend(2);
        using var model = LanguageModel.Load(cached.Model, backend, new ModelOptions { PackedCacheFolder = cached.Folder });
        Assert.Equal(PackedCacheState.Used, model.PackedCache!.State);
        File.Delete(cached.Packed);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Bits.AssertEqual(expected, cached.Logits(model));
    }

    [Fact]
    public void A_backend_that_keeps_no_packed_weights_is_not_asked_for_any()
    {
        using var cached = new CachedModel();
        using var backend = new ReferenceBackend();
        using var model = LanguageModel.Load(cached.Model, backend, new ModelOptions { PackedCacheFolder = cached.Folder });
        Assert.Null(model.PackedCache);
        Assert.Empty(Directory.GetFileSystemEntries(cached.Folder));
    }

    [Fact]
    public void Models_of_one_name_share_a_folder()
    {
        using var one = new CachedModel();
        using var other = new CachedModel(GgmlType.Q8_0);
        one.Run(one.Folder);
        other.Run(one.Folder);
        Assert.Equal(2, Directory.GetFiles(one.Folder).Length);
        Assert.Equal(PackedCacheState.Used, one.Run(one.Folder).Result!.State);
        Assert.Equal(PackedCacheState.Used, other.Run(one.Folder).Result!.State);
    }

    private static void AssertReplaced(CachedModel cached, byte[] bytes, float[] expected, byte[] honest)
    {
        var path = cached.Packed;
        File.WriteAllBytes(path, bytes);
        var (logits, result) = cached.Run(cached.Folder);
        Assert.Equal((PackedCacheState.Written, path), (result!.State, result.Path));
        Assert.NotNull(result.Problem);
        Bits.AssertEqual(expected, logits);
        Assert.Equal(honest, File.ReadAllBytes(path));
    }

    private static int HeaderLength(byte[] file) => BitConverter.ToInt32(file, 12);

    private static void Rehash(byte[] file)
    {
        var header = HeaderLength(file);
        BitConverter.TryWriteBytes(file.AsSpan(header - 8), ContentHash.Of(file.AsSpan(0, header - 8)));
    }
}
