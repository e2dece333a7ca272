using AiKernels.Gpu.Benchmarks.Timing;
using AiKernels.Gpu.Memory;
using ILGPU;
using ILGPU.Runtime;
using Xunit;

namespace AiKernels.Gpu.Tests.Benchmarks;

public class FillerWorkTests
{
    /// <summary>The emulator runs what is enqueued at once, and its memory can be looked at past the backend.</summary>
    [Fact]
    public void It_does_not_wait_for_the_next_operation()
    {
        using var backend = new GpuBackend(GpuDevice.Emulator);
        var work = new FillerWork(backend, rows: 2, columns: 8);
        backend.Write(work.Rows, Enumerable.Repeat(1f, 16).ToArray());

        work.Enqueue();

        var memory = new float[16];
        ((DeviceTensor)work.Rows.Storage).View.CopyToCPU(memory);
        Assert.Equal(new float[16], memory); // Its gain is 0.
    }
}
