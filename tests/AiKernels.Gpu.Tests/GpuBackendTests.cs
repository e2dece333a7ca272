using AiKernels.Cache;
using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Offload;
using AiKernels.Tests.Shared.Backends;
using Xunit;

namespace AiKernels.Gpu.Tests;

/// <summary>What a caller can do wrong, and what the backend promises beside its results.</summary>
public class GpuBackendTests : BackendContract
{
    /// <summary>Nothing lies where such a slice begins.</summary>
    [Fact]
    public void Empty_slices_at_the_end_of_memory_are_no_work()
    {
        using var backend = Create();
        var x = backend.Allocate(2, 32);
        var (rows, columns) = (x.SliceRows(2, 0), x.SliceRows(1, 1).SliceColumns(32, 0));
        backend.RmsNorm(rows, backend.Allocate(1, 32), 1e-5f, rows);
        backend.Write(columns, []);
        backend.Read(columns, []);
        backend.Gather(rows, [], rows.SliceRows(0, 0));
    }

    /// <summary>A norm waits for the operation after it, on the thread of the operations and on no other.</summary>
    [Fact]
    public async Task Uploads_on_other_threads_do_not_disturb_operations()
    {
        using var backend = Create();
        using var weight = backend.AllocateWeight(GgmlType.Q8_0, 16, 32);
        var (x, gain) = (backend.Allocate(1, 32), backend.Allocate(1, 32));
        var (ones, stored, ended) = (Enumerable.Repeat(1f, 32).ToArray(), new byte[GgmlType.Q8_0.RowBytes(32) * 16], false);
        backend.Write(gain, [.. Enumerable.Repeat(3f, 32)]);
        var uploads = Task.Run(() =>
        {
            while (!Volatile.Read(ref ended))
            {
                backend.Upload(weight, 0, stored);
            }
        });
        var wrong = 0;
        for (var i = 0; i < 100; i++)
        {
            var values = new float[32];
            backend.Write(x, ones);
            backend.RmsNorm(x, gain, 0, x);
            backend.Read(x, values);
            wrong += values.All(value => value == 3) ? 0 : 1;
        }

        Volatile.Write(ref ended, true);
        await uploads;
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Rows_that_are_only_looked_up_may_be_more_than_a_grid_has()
    {
        using var backend = Create();
        var (x, y) = (backend.Allocate(70_000, 4), backend.Allocate(2, 4));
        backend.Gather(x, [0, 69_999], y);
        Assert.Throws<ArgumentException>(() => backend.RmsNorm(x, backend.Allocate(1, 4), 1, x));
    }

    [Fact]
    public void What_a_device_refuses_leaves_what_was_there()
    {
        const int rows = 65_536;
        using var backend = new OffloadBackend(new CpuBackend(1), Create(), 1);
        using var table = backend.AllocateWeight(GgmlType.F32, 1, 1, layer: 1);
        var y = backend.Allocate(rows, 1);
        var values = Enumerable.Repeat(7f, rows).ToArray();
        backend.Write(y, values);
        Assert.Throws<ArgumentException>(() => backend.Embed(table, new int[rows], y));
        backend.Read(y, values);
        Assert.All(values, value => Assert.Equal(7, value));
    }

    /// <summary>Of F32, and of blocks that don't divide a piece's length.</summary>
    [Theory]
    [InlineData(GgmlType.F32, 2)]
    [InlineData(GgmlType.Q8_0, 8)]
    public void An_image_may_be_longer_than_a_piece(GgmlType type, int layers)
    {
        using var backend = Create();
        var shape = new KeyValueShape(layers, 4, 320, type);
        using var cache = backend.AllocateCache(shape, 2);
        var (written, read) = (new byte[shape.ImageBytes(63)], new byte[shape.ImageBytes(63)]);
        Assert.True(written.Length > 1 << 20);
        new Random(1).NextBytes(written);
        backend.WritePage(cache, 1, 63, written);
        backend.ReadPage(cache, 1, 63, read);
        Assert.Equal(written, read);
    }

    [Fact]
    public void A_disposed_backend_refuses_work_and_lets_its_tensors_be_freed()
    {
        var backend = new GpuBackend(GpuDevice.Emulator);
        var x = backend.Allocate(1, 8);
        backend.RmsNorm(x, backend.Allocate(1, 8), 1e-5f, x); // Which waits for the operation after it.
        backend.Dispose();
        backend.Dispose();
        Assert.Throws<ObjectDisposedException>(() => backend.Allocate(1, 8));
        Assert.Throws<ObjectDisposedException>(() => backend.Read(x, new float[8]));
        x.Storage.Dispose();
    }

    protected override IBackend Create() => new GpuBackend(GpuDevice.Emulator);
}
