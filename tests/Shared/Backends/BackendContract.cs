using AiKernels.Cache;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Shared.Backends;

/// <summary>
/// What a caller can do wrong, and what any backend promises beside its results. Each function makes backends of its
/// own and disposes them.
/// </summary>
internal static class BackendContract
{
    /// <summary>Shapes that do not fit are refused with both shapes.</summary>
    public static void MisfitsAreRefused(Func<IBackend> create)
    {
        using var backend = create();
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
        Assert.Throws<ArgumentException>(() => backend.MatMul(
            x.SliceColumns(0, 32), new Projection(w, y, Gate: backend.AllocateWeight(GgmlType.Q8_0, 16, 32))));
        Assert.Throws<ArgumentException>(() => backend.Write(x, new float[5]));
        Assert.Throws<ArgumentException>(() => backend.Read(x, new float[5]));
        Assert.Throws<ArgumentException>(() => backend.Embed(w, [1, 2], backend.Allocate(1, 32)));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Embed(w, [8], backend.Allocate(1, 32)));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Embed(w, [-1], backend.Allocate(1, 32)));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Gather(x, [3], backend.Allocate(1, 64)));
    }

    /// <summary>Weights take whole blocks, and uploads whole panels.</summary>
    public static void WholeBlocksAndPanels(Func<IBackend> create)
    {
        using var backend = create();
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

    /// <summary>Operands of another backend and freed ones are refused.</summary>
    public static void ForeignAndFreedOperandsAreRefused(Func<IBackend> create)
    {
        using var backend = create();
        using var other = create();
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

    /// <summary>Outputs that share memory with inputs are refused.</summary>
    public static void SharedMemoryIsRefused(Func<IBackend> create)
    {
        using var backend = create();
        var x = backend.Allocate(4, 32);
        var w = backend.AllocateWeight(GgmlType.F32, 16, 16);
        var (left, right) = (x.SliceColumns(0, 16), x.SliceColumns(16, 16));
        backend.MatMul(left, new Projection(w, right)); // Side by side in one matrix is no overlap.
        Assert.Throws<ArgumentException>(() => backend.MatMul(left, new Projection(w, left)));
        Assert.Throws<ArgumentException>(() => backend.MatMul(left, new Projection(w, x.SliceColumns(8, 16))));
        Assert.Throws<ArgumentException>(() => backend.MatMul(left, new Projection(w, right), new Projection(w, right)));
        Assert.Throws<ArgumentException>(() => backend.MatMul(
            left.SliceRows(0, 1), new Projection(w, right.SliceRows(0, 1), Bias: right.SliceRows(0, 1))));
        Assert.Throws<ArgumentException>(() => backend.RmsNorm(x.SliceRows(0, 2), x.SliceRows(3, 1), 1e-5f, x.SliceRows(1, 2)));
        Assert.Throws<ArgumentException>(() => backend.RmsNorm(x, x.SliceRows(3, 1), 1e-5f, x));
        Assert.Throws<ArgumentException>(() => backend.Gather(x, [1], x.SliceRows(1, 1)));
        Assert.Throws<ArgumentException>(() => backend.Rope(left, 16, RopePairing.Halves, left));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Rope(left, 16, (RopePairing)7, right));
    }

    /// <summary>A tensor cannot reach beyond its storage.</summary>
    public static void TensorsStayInTheirStorage(Func<IBackend> create)
    {
        using var backend = create();
        var x = backend.Allocate(4, 8);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Tensor(x.Storage, 5, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Tensor(x.Storage, -1, -8));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Tensor(x.Storage, int.MaxValue, int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.SliceRows(3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.SliceColumns(1, int.MaxValue));
        Assert.Throws<ArgumentException>(() => backend.Read(default, []));
    }

    /// <summary>Rows that are uploaded again replace the old ones.</summary>
    public static void UploadsReplace(Func<IBackend> create)
    {
        using var backend = create();
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

    /// <summary>Attention checks the pages of earlier positions too.</summary>
    public static void EarlierPagesAreChecked(Func<IBackend> create)
    {
        using var backend = create();
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

    /// <summary>Caches too large to address are refused.</summary>
    public static void LargeCachesAreRefused(Func<IBackend> create)
    {
        using var backend = create();
        Assert.Throws<ArgumentException>(() => backend.AllocateCache(new KeyValueShape(1, 1, 64, PageLength: 1 << 26), 1));
        Assert.Throws<ArgumentException>(() => backend.AllocateCache(new KeyValueShape(1, 1, 5000), 1));
        Assert.Throws<ArgumentException>(() => backend.AllocateCache(new KeyValueShape(1, 1 << 20, 4096), 1));
    }

    /// <summary>Attention needs a page for every position, and a cache a shape that can be stored.</summary>
    public static void EveryPositionNeedsAPage(Func<IBackend> create)
    {
        using var backend = create();
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

    /// <summary>A packed weight is at most four percent larger than the stored one, and its size known beforehand.</summary>
    public static void PackedWeightsAreSmall(Func<IBackend> create, GgmlType type)
    {
        using var backend = create();
        using var w = backend.AllocateWeight(type, 64, 1024);
        Assert.InRange(w.ByteLength, 1, 64 * type.RowBytes(1024) * 1.04);
        Assert.Equal(w.ByteLength, backend.WeightBytes(type, 64, 1024));
    }

    /// <summary>Memory reads as zero, also where something else lay before.</summary>
    public static void NewMemoryIsZero(Func<IBackend> create)
    {
        using var backend = create();
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

    /// <summary>Operands without rows are no work, and no fault.</summary>
    public static void NoRowsAreNoWork(Func<IBackend> create)
    {
        using var backend = create();
        using var cache = backend.AllocateCache(new KeyValueShape(1, 1, 8), 1);
        var w = backend.AllocateWeight(GgmlType.F32, 8, 8);
        var (x, y) = (backend.Allocate(1, 8).SliceRows(0, 0), backend.Allocate(1, 8).SliceRows(0, 0));
        backend.Write(x, []);
        backend.Embed(w, [], y);
        backend.Gather(x, [], y);
        backend.RmsNorm(x, backend.Allocate(1, 8), 1e-5f, y);
        backend.MatMul(x, new Projection(w, y));
        backend.Rope(y, 8, RopePairing.Halves, backend.Allocate(1, 8).SliceRows(0, 0));
        backend.Store(cache, 0, new Batch(), x, x);
        backend.Attention(x, cache, 0, new Batch(), 1, y);
        backend.Read(y, []);
    }
}
