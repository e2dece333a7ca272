using AiKernels.Cache;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Shared.Backends;

/// <summary>
/// What a caller can do wrong, and what any backend promises beside its results. Each test makes backends of its own and
/// disposes them.
/// </summary>
public abstract class BackendContract
{
    /// <summary>A backend of the kind to test.</summary>
    protected abstract IBackend Create();

    [Fact]
    public void Shapes_that_do_not_fit_are_refused_with_both_shapes()
    {
        using var backend = Create();
        var x = backend.Allocate(3, 64);
        var w = backend.AllocateWeight(GgmlType.Q8_0, 8, 32);
        var y = backend.Allocate(3, 8);

        var refusal = Assert.Throws<ArgumentException>(() => backend.MatMul(x, new Projection(w, y)));
        Assert.Contains("[3, 64]", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Q8_0 [8, 32]", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => backend.RmsNorm(x, backend.Allocate(1, 48), 1e-5f, x));
        Assert.Throws<ArgumentException>(() => backend.RmsNorm(x, backend.Allocate(2, 64), 1e-5f, x));
        Assert.Throws<ArgumentException>(() => backend.Rope(x, 48, RopePairing.Halves, backend.Allocate(3, 32)));
        Assert.Throws<ArgumentException>(() => backend.Rope(x, 32, RopePairing.Halves, backend.Allocate(3, 34)));
        Assert.Throws<ArgumentException>(() => backend.Rope(x, 32, RopePairing.Halves, backend.Allocate(2, 32)));
        Assert.Throws<ArgumentException>(() => backend.HadamardTransform(x, 48));
        Assert.Throws<ArgumentException>(() => backend.HadamardTransform(x, 0));
        Assert.Throws<ArgumentException>(() => backend.HadamardTransform(backend.Allocate(1, 8192), 8192));
        Assert.Throws<ArgumentException>(() => backend.MatMul(
            x.SliceColumns(0, 32), new Projection(w, y, Gate: backend.AllocateWeight(GgmlType.Q8_0, 16, 32))));
        Assert.Throws<ArgumentException>(() => backend.Write(x, new float[5]));
        Assert.Throws<ArgumentException>(() => backend.Read(x, new float[5]));
        Assert.Throws<ArgumentException>(() => backend.ReadLargest(x, new RankedValue[4]));
        Assert.Throws<ArgumentException>(() => backend.ReadLargest(x, new RankedValue[3 * 65]));
        Assert.Throws<ArgumentException>(() => backend.ReadLargest(x, []));
        Assert.Throws<ArgumentException>(() => backend.Embed(w, [1, 2], backend.Allocate(1, 32)));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Embed(w, [8], backend.Allocate(1, 32)));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Embed(w, [-1], backend.Allocate(1, 32)));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Gather(x, [3], backend.Allocate(1, 64)));
    }

    [Fact]
    public void Weights_take_whole_blocks_and_uploads_whole_panels()
    {
        using var backend = Create();
        Assert.Throws<ArgumentException>(() => backend.AllocateWeight(GgmlType.Q4_K, 4, 128));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.AllocateWeight(GgmlType.F32, 0, 128));
        Assert.Throws<NotSupportedException>(() => backend.AllocateWeight(GgmlType.IQ1_S, 4, 256));

        var w = backend.AllocateWeight(GgmlType.F32, 20, 2);
        Assert.Throws<ArgumentException>(() => backend.Upload(w, 8, new byte[8]));
        Assert.Throws<ArgumentException>(() => backend.Upload(w, 0, new byte[8 * 5]));
        Assert.Throws<ArgumentException>(() => backend.Upload(w, 16, new byte[8 * 5]));
        Assert.Throws<ArgumentException>(() => backend.Upload(w, 0, new byte[7]));
        Assert.Throws<ArgumentException>(() => backend.Upload(w, -16, new byte[8 * 16]));
        backend.Upload(w, 16, new byte[8 * 4]);
    }

    [Fact]
    public void Operands_of_another_backend_or_freed_ones_are_refused()
    {
        using var backend = Create();
        using var other = Create();
        var (own, foreign) = (backend.Allocate(1, 8), other.Allocate(1, 8));
        Assert.Throws<ArgumentException>(() => backend.RmsNorm(own, foreign, 1e-5f, own));
        var (x, y) = (backend.Allocate(1, 8), backend.Allocate(1, 4));
        Assert.Throws<ArgumentException>(() => backend.MatMul(x, new Projection(
            backend.AllocateWeight(GgmlType.F32, 4, 8), y, Gate: other.AllocateWeight(GgmlType.F32, 4, 8))));
        own.Storage.Dispose();
        own.Storage.Dispose();
        Assert.Throws<ObjectDisposedException>(() => backend.Write(own, new float[8]));

        var w = backend.AllocateWeight(GgmlType.F32, 1, 8);
        w.Dispose();
        Assert.Throws<ObjectDisposedException>(() => backend.Embed(w, [0], backend.Allocate(1, 8)));
    }

    [Fact]
    public void Outputs_that_share_memory_with_inputs_are_refused()
    {
        using var backend = Create();
        var x = backend.Allocate(4, 32);
        var w = backend.AllocateWeight(GgmlType.F32, 16, 16);
        var (left, right) = (x.SliceColumns(0, 16), x.SliceColumns(16, 16));
        backend.MatMul(left, new Projection(w, right)); // Side by side in one matrix is no overlap.
        Assert.Throws<ArgumentException>(() => backend.MatMul(left, new Projection(w, left)));
        Assert.Throws<ArgumentException>(() => backend.MatMul(left, new Projection(w, x.SliceColumns(8, 16))));
        Assert.Throws<ArgumentException>(() => backend.MatMul(left, new Projection(w, right), new Projection(w, right)));
        Assert.Throws<ArgumentException>(() => backend.MatMul(
            left.SliceRows(0, 1), new Projection(w, right.SliceRows(0, 1), Bias: right.SliceRows(0, 1))));
        var y = backend.Allocate(1, 16);
        Assert.Throws<ArgumentException>(() => backend.MatMul(
            left.SliceRows(0, 1), new Projection(w, y), new Projection(w, right.SliceRows(0, 1), Bias: y)));
        Assert.Throws<ArgumentException>(() => backend.RmsNorm(x.SliceRows(0, 2), x.SliceRows(3, 1), 1e-5f, x.SliceRows(1, 2)));
        Assert.Throws<ArgumentException>(() => backend.RmsNorm(x, x.SliceRows(3, 1), 1e-5f, x));
        Assert.Throws<ArgumentException>(() => backend.Gather(x, [1], x.SliceRows(1, 1)));
        Assert.Throws<ArgumentException>(() => backend.Rope(left, 16, RopePairing.Halves, left));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Rope(left, 16, (RopePairing)7, right));
    }

    [Fact]
    public void A_tensor_cannot_reach_beyond_its_storage()
    {
        using var backend = Create();
        var x = backend.Allocate(4, 8);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Tensor(x.Storage, 5, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Tensor(x.Storage, -1, -8));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Tensor(x.Storage, int.MaxValue, int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.SliceRows(3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.SliceColumns(1, int.MaxValue));
        Assert.Throws<ArgumentException>(() => backend.Read(default, []));
    }

    [Fact]
    public void Rows_that_are_uploaded_again_replace_the_old_ones()
    {
        using var backend = Create();
        using var pair = new BackendPair(backend);
        var random = new Random(1);
        var w = pair.Weight(GgmlType.Q6_K, 20, 256, RandomNumbers.Stored(random, GgmlType.Q6_K, 20, 256));
        var again = RandomNumbers.Stored(random, GgmlType.Q6_K, 20, 256);
        pair.Reference.Upload(w.Reference, 0, again);
        pair.Other.Upload(w.Other, 0, again);
        var x = pair.Tensor(2, 256, RandomNumbers.Normal(random, 512));
        var y = pair.Tensor(2, 20, new float[40]);
        pair.Reference.MatMul(x.Reference, new Projection(w.Reference, y.Reference));
        pair.Other.MatMul(x.Other, new Projection(w.Other, y.Other));
        pair.AssertSame(y);
    }

    [Fact]
    public void Attention_checks_the_pages_of_earlier_positions_too()
    {
        using var backend = Create();
        using var cache = backend.AllocateCache(new KeyValueShape(1, 1, 8), 1);
        var pool = new PagePool(2);
        Assert.True(pool.TryTake(out _));
        var table = new BlockTable(pool, 64);
        Assert.True(table.TryReserve(64)); // Page 1, which the cache doesn't have.
        pool.Return(0);
        Assert.True(table.TryReserve(65)); // And then page 0.
        var batch = new Batch();
        batch.Add(table, 64, [0]);
        var (x, y) = (backend.Allocate(1, 8), backend.Allocate(1, 8));
        Assert.Throws<ArgumentException>(() => backend.Attention(x, cache, 0, batch, 1, y));
    }

    [Fact]
    public void Caches_too_large_to_address_are_refused()
    {
        using var backend = Create();
        Assert.Throws<ArgumentException>(() => backend.AllocateCache(new KeyValueShape(1, 1, 64, PageLength: 1 << 26), 1));
        Assert.Throws<ArgumentException>(() => backend.AllocateCache(new KeyValueShape(1, 1, 5000), 1));
        Assert.Throws<ArgumentException>(() => backend.AllocateCache(new KeyValueShape(1, 1 << 20, 4096), 1));
    }

    [Fact]
    public void Attention_needs_a_page_for_every_position()
    {
        using var backend = Create();
        using var cache = backend.AllocateCache(new KeyValueShape(1, 1, 8), 1);
        var (pool, batch) = (new PagePool(5), new Batch());
        pool.TryTake(out _);
        var table = new BlockTable(pool, 64);
        Assert.True(table.TryReserve(1)); // Page 1, which the cache doesn't have.
        batch.Add(table, 0, [0]);
        var x = backend.Allocate(1, 8);
        var y = backend.Allocate(1, 8);
        Assert.Throws<ArgumentException>(() => backend.Attention(x, cache, 0, batch, 1, y));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Attention(x, cache, 1, batch, 1, y));
        Assert.Throws<ArgumentException>(() => backend.AllocateCache(new KeyValueShape(1, 1, 8, PageLength: 32), 1));
        Assert.Throws<ArgumentException>(() => backend.AllocateCache(new KeyValueShape(1, 1, 8, GgmlType.Q4_K), 1));
    }

    [Fact]
    public void Pages_and_images_that_do_not_fit_are_refused_with_both_numbers()
    {
        using var backend = Create();
        using var other = Create();
        var shape = new KeyValueShape(2, 1, 32, GgmlType.Q8_0);
        using var cache = backend.AllocateCache(shape, 3);
        using var foreign = other.AllocateCache(shape, 3);
        Assert.Equal(2 * 2 * 34 * 5, shape.ImageBytes(5));
        Assert.Equal(shape.PageBytes, shape.ImageBytes(64));

        void Refused<TException>(Action operation, params string[] numbers)
            where TException : ArgumentException
        {
            var refusal = Assert.Throws<TException>(operation);
            Assert.All(numbers, number => Assert.Contains(number, refusal.Message, StringComparison.Ordinal));
        }

        Refused<ArgumentException>(() => backend.CopyPage(cache, 1, 1), "1");
        foreach (var page in (int[])[-1, 3, int.MaxValue])
        {
            string[] numbers = [page.ToString(System.Globalization.CultureInfo.InvariantCulture), "3"];
            Refused<ArgumentOutOfRangeException>(() => backend.CopyPage(cache, 0, page), numbers);
            Refused<ArgumentOutOfRangeException>(() => backend.CopyPage(cache, page, 0), numbers);
            Refused<ArgumentOutOfRangeException>(() => backend.ClearPage(cache, page), numbers);
            Refused<ArgumentOutOfRangeException>(() => backend.ReadPage(cache, page, 0, []), numbers);
            Refused<ArgumentOutOfRangeException>(() => backend.WritePage(cache, page, 0, []), numbers);
        }

        foreach (var (positions, bytes) in ((int, int)[])[(5, 679), (5, 681), (5, 0), (0, 1), (64, 680)])
        {
            string[] numbers = [$"{positions * 136}", $"{bytes}"];
            Refused<ArgumentException>(() => backend.ReadPage(cache, 0, positions, new byte[bytes]), numbers);
            Refused<ArgumentException>(() => backend.WritePage(cache, 0, positions, new byte[bytes]), numbers);
        }

        Refused<ArgumentOutOfRangeException>(() => backend.ReadPage(cache, 0, 65, new byte[65 * 136]), "65", "64");
        Refused<ArgumentOutOfRangeException>(() => backend.WritePage(cache, 0, -1, []), "-1", "64");
        Refused<ArgumentException>(() => backend.CopyPage(foreign, 0, 1));
        Refused<ArgumentException>(() => backend.ClearPage(foreign, 0));
        Refused<ArgumentException>(() => backend.ReadPage(foreign, 0, 0, []));
        Refused<ArgumentException>(() => backend.WritePage(foreign, 0, 0, []));
        cache.Dispose();
        Assert.Throws<ObjectDisposedException>(() => backend.ClearPage(cache, 0));
        Assert.Throws<ObjectDisposedException>(() => backend.ReadPage(cache, 0, 0, []));
    }

    [Theory]
    [InlineData(GgmlType.F32, 64)]
    [InlineData(GgmlType.F16, 128)]
    [InlineData(GgmlType.BF16, 64)]
    [InlineData(GgmlType.Q8_0, 64)]
    [InlineData(GgmlType.Q4_0, 128)]
    public void A_page_is_zero_at_first_and_again_when_it_is_cleared(GgmlType type, int pageLength)
    {
        using var backend = Create();
        var shape = new KeyValueShape(2, 1, 32, type, pageLength);
        using var cache = backend.AllocateCache(shape, 3);
        var (image, zeros) = (new byte[shape.PageBytes], new byte[shape.PageBytes]);
        void AssertPages(params byte[][] expected)
        {
            for (var page = 0; page < 3; page++)
            {
                backend.ReadPage(cache, page, pageLength, image);
                Assert.Equal(expected[page], image);
            }
        }

        AssertPages(zeros, zeros, zeros);
        byte[] ones = [.. Enumerable.Repeat((byte)1, zeros.Length)], twos = [.. Enumerable.Repeat((byte)2, zeros.Length)];
        backend.WritePage(cache, 0, pageLength, ones);
        backend.WritePage(cache, 2, pageLength, twos);
        AssertPages(ones, zeros, twos);
        backend.CopyPage(cache, 0, 1);
        backend.WritePage(cache, 1, 0, []);
        AssertPages(ones, ones, twos);
        backend.ClearPage(cache, 0);
        backend.ReadPage(cache, 1, 0, []);
        AssertPages(zeros, ones, twos);
    }

    [Theory]
    [InlineData(GgmlType.F32)]
    [InlineData(GgmlType.F16)]
    [InlineData(GgmlType.BF16)]
    [InlineData(GgmlType.Q8_0)]
    [InlineData(GgmlType.Q4_0)]
    [InlineData(GgmlType.Q4_K)]
    [InlineData(GgmlType.Q6_K)]
    public void Packed_weights_are_at_most_four_percent_larger_than_stored_ones(GgmlType type)
    {
        using var backend = Create();
        for (var layer = 0; layer < 3; layer++)
        {
            using var w = backend.AllocateWeight(type, 64, 1024, layer);
            Assert.InRange(w.ByteLength, 1, 64 * type.RowBytes(1024) * 1.04);
            Assert.Equal(w.ByteLength, backend.WeightBytes(type, 64, 1024, layer));
        }
    }

    [Fact]
    public void New_memory_reads_as_zero()
    {
        using var backend = Create();
        for (var repetition = 0; repetition < 4; repetition++)
        {
            var x = backend.Allocate(20, 32);
            using var storage = x.Storage;
            using var w = backend.AllocateWeight(GgmlType.Q8_0, 20, 32);
            var values = new float[20 * 32];
            backend.Read(x, values);
            Assert.All(values, value => Assert.Equal(0, value));

            Array.Fill(values, 1);
            backend.Write(x, values);
            backend.Embed(w, [.. Enumerable.Range(0, 20)], x);
            backend.Read(x, values);
            Assert.All(values, value => Assert.Equal(0, value));

            Array.Fill(values, 1); // For whoever gets the memory next.
            backend.Write(x, values);
            var stored = new byte[GgmlType.Q8_0.RowBytes(32) * 20];
            Array.Fill(stored, (byte)0x3C);
            backend.Upload(w, 0, stored);
        }
    }

    [Fact]
    public void Operands_without_rows_are_no_work()
    {
        using var backend = Create();
        using var cache = backend.AllocateCache(new KeyValueShape(1, 1, 8), 1);
        var w = backend.AllocateWeight(GgmlType.F32, 8, 8);
        var (x, y) = (backend.Allocate(1, 8).SliceRows(0, 0), backend.Allocate(1, 8).SliceRows(0, 0));
        backend.Write(x, []);
        backend.Embed(w, [], y);
        backend.Gather(x, [], y);
        backend.RmsNorm(x, backend.Allocate(1, 8), 1e-5f, y);
        backend.MatMul(x, new Projection(w, y));
        backend.Rope(y, 8, RopePairing.Halves, backend.Allocate(1, 8).SliceRows(0, 0));
        backend.HadamardTransform(y, 8);
        backend.Store(cache, 0, new Batch(), x, x);
        backend.Attention(x, cache, 0, new Batch(), 1, y);
        backend.Read(y, []);
        backend.ReadLargest(y, []);
    }
}
