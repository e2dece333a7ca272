using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Tests.Shared.Backends;
using Xunit;

namespace AiKernels.Tests.Cpu;

/// <summary>What the CPU promises beside its results: all that any backend does, and that it allocates nothing.</summary>
public class CpuBackendTests : BackendContract
{
    [Fact]
    public void Products_in_a_row_allocate_nothing()
    {
        using var backend = new CpuBackend(2);
        var (x, gain) = (backend.Allocate(1, 256), backend.Allocate(1, 256));
        var (y, z) = (backend.Allocate(1, 64), backend.Allocate(1, 64));
        var w = backend.AllocateWeight(GgmlType.Q4_K, 64, 256);
        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                backend.MatMul(x, new Projection(w, y), new Projection(w, z, Gate: w));
                backend.RmsNorm(x, gain, 1e-5f, x);
            }
        }

        Run(50);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(100);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    protected override IBackend Create() => new CpuBackend(1);
}
