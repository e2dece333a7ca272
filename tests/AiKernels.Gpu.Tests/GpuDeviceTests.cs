using ILGPU;
using ILGPU.Runtime;
using Xunit;

namespace AiKernels.Gpu.Tests;

public class GpuDeviceTests
{
    [Fact]
    public void Devices_are_listed_with_or_without_drivers_cuda_first()
    {
        var kinds = GpuDevice.All.Select(device => device.Kind).ToList();

        Assert.Equal(kinds.Order(), kinds);
        Assert.DoesNotContain(GpuKind.Emulator, kinds);
        Assert.All(GpuDevice.All, device => Assert.Matches("^cuda:[0-9]+$", device.Id));
        Assert.All(GpuDevice.All, device => Assert.True(device.MemoryBytes > 0 && device.Name.Length > 0, $"{device}"));
        Assert.Equal(GpuDevice.All.Count, GpuDevice.All.Select(device => device.Id).Distinct().Count());
    }

    [Fact]
    public void A_device_is_found_by_its_id()
    {
        Assert.All([GpuDevice.Emulator, .. GpuDevice.All], device => Assert.Same(device, GpuDevice.Find(device.Id)));
        Assert.Null(GpuDevice.Find("cuda:9999"));
        Assert.Null(GpuDevice.Find("cuda"));
        Assert.Null(GpuDevice.Find(""));
    }

    [Fact]
    public void The_emulator_has_the_processors_memory_and_says_what_it_is()
    {
        var emulator = GpuDevice.Emulator;

        Assert.Equal(("emulator:0", GpuKind.Emulator), (emulator.Id, emulator.Kind));
        Assert.InRange(emulator.MemoryBytes, 1 << 20, 1L << 50);
        Assert.Equal(emulator.MemoryBytes, emulator.FreeBytes());
        Assert.Contains("processor", emulator.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void Kernels_run_on_it_each_context_by_itself()
    {
        for (var time = 0; time < 2; time++)
        {
            using var context = GpuDevice.CreateContext();
            using var accelerator = GpuDevice.Emulator.CreateAccelerator(context);
            using var memory = accelerator.Allocate1D<int>(1000);

            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>(Square)(1000, memory.View);

            Assert.Equal(Enumerable.Range(0, 1000).Select(i => i * i), memory.GetAsArray1D());
            Assert.Equal(32, accelerator.WarpSize);
        }
    }

    private static void Square(Index1D i, ArrayView<int> y) => y[i] = i * i;
}
