using AiKernels.Cache;
using AiKernels.Cpu;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Cpu;

/// <summary>What a caller can do wrong, and what the backend promises beside its results.</summary>
public class CpuBackendTests
{
    [Fact]
    public void Shapes_that_do_not_fit_are_refused_with_both_shapes()
    {
        using var backend = new CpuBackend(1);
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
        Assert.Throws<ArgumentException>(() => backend.GatedSilu(x, x, y));
        Assert.Throws<ArgumentException>(() => backend.Write(x, new float[5]));
        Assert.Throws<ArgumentException>(() => backend.Read(x, new float[5]));
        Assert.Throws<ArgumentException>(() => backend.Embed(w, [1, 2], backend.Allocate(1, 32)));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Embed(w, [8], backend.Allocate(1, 32)));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Embed(w, [-1], backend.Allocate(1, 32)));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Gather(x, [3], backend.Allocate(1, 64)));
    }

    [Fact]
    public void Weights_take_whole_blocks_and_uploads_whole_panels()
    {
        using var backend = new CpuBackend(1);
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
        using var backend = new CpuBackend(1);
        using var other = new CpuBackend(1);
        var (own, foreign) = (backend.Allocate(1, 8), other.Allocate(1, 8));
        Assert.Throws<ArgumentException>(() => backend.GatedSilu(own, foreign, own));
        own.Storage.Dispose();
        own.Storage.Dispose();
        Assert.Throws<ObjectDisposedException>(() => backend.Write(own, new float[8]));

        var w = backend.AllocateWeight(GgmlType.F32, 1, 8);
        w.Dispose();
        Assert.Throws<ObjectDisposedException>(() => backend.Embed(w, [0], backend.Allocate(1, 8)));
    }

    [Fact]
    public void Attention_needs_a_page_for_every_position()
    {
        using var backend = new CpuBackend(1);
        using var cache = backend.AllocateCache(new KeyValueShape(1, 1, 8), 1);
        var (pool, batch) = (new PagePool(5), new Batch());
        pool.TryTake(out _);
        var table = new BlockTable(pool, 64);
        Assert.True(table.TryReserve(1)); // Page 1, which the cache doesn't have.
        batch.Add(table, 0, [0]);
        var x = backend.Allocate(1, 8);
        Assert.Throws<ArgumentException>(() => backend.Attention(x, cache, 0, batch, 1, x));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Attention(x, cache, 1, batch, 1, x));
        Assert.Throws<ArgumentException>(() => backend.AllocateCache(new KeyValueShape(1, 1, 8, PageLength: 32), 1));
        Assert.Throws<ArgumentException>(() => backend.AllocateCache(new KeyValueShape(1, 1, 8, GgmlType.Q4_K), 1));
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
        using var backend = new CpuBackend(1);
        using var w = backend.AllocateWeight(type, 64, 1024);
        Assert.InRange(w.ByteLength, 1, 64 * type.RowBytes(1024) * 1.04);
    }

    [Fact]
    public void Products_in_a_row_allocate_nothing()
    {
        using var backend = new CpuBackend(2);
        var (x, y) = (backend.Allocate(1, 256), backend.Allocate(1, 64));
        var w = backend.AllocateWeight(GgmlType.Q4_K, 64, 256);
        backend.MatMul(x, new Projection(w, y));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            backend.MatMul(x, new Projection(w, y), new Projection(w, y));
            backend.RmsNorm(x, x, 1e-5f, x);
            backend.GatedSilu(x, x, x);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
