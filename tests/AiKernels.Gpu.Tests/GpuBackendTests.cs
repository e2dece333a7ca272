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
