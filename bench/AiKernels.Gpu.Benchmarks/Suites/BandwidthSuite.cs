using AiKernels.Gpu.Benchmarks.Reports;
using AiKernels.Gpu.Benchmarks.Timing;
using AiKernels.Gpu.Kernels.Device;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Benchmarks.Suites;

/// <summary>
/// What the device's memory gives: by a kernel that only reads, at several sizes of the grid, and by the driver's copy from
/// the device to itself, of which bytes read and written count.
/// </summary>
internal sealed class BandwidthSuite(GpuDevice device, int rounds)
{
    private const long LargestBytes = 4L << 30, BytesOnEmulator = 1 << 20;
    private const int Threads = 256, ThreadsOnEmulator = 32;

    public IEnumerable<Measurement> Measure()
    {
        var isCuda = device.Kind == GpuKind.Cuda;
        var bytes = isCuda ? Math.Min(LargestBytes, device.FreeBytes() / 4) : BytesOnEmulator;
        using var context = GpuDevice.CreateContext();
        using var accelerator = device.CreateAccelerator(context);
        accelerator.Bind();
        var clock = new DeviceClock(isCuda);
        using var source = accelerator.Allocate1D<Int4>(bytes / Interop.SizeOf<Int4>());
        using var target = accelerator.Allocate1D<Int4>(source.Length);
        using var sum = accelerator.Allocate1D<int>(1);
        source.MemSet(accelerator.DefaultStream, 0x5A);
        var read = accelerator.LoadStreamKernel<ArrayView<Int4>, ArrayView<int>>(BandwidthKernel.Read);
        var threads = isCuda ? Threads : ThreadsOnEmulator;
        foreach (var groups in isCuda ? [4, 8, 16, 32] : (int[])[1])
        {
            var config = new KernelConfig(groups * accelerator.NumMultiprocessors, threads);
            var round = (long)BandwidthKernel.Loads * config.GridDim.X * threads;
            var whole = source.View.SubView(0, source.Length / round * round);
            yield return new Measurement(
                Part.Bandwidth,
                $"reading, {groups} groups a multiprocessor",
                "",
                0,
                Time(clock, accelerator, () => read(config, whole, sum.View)),
                whole.LengthInBytes);
        }

        yield return new Measurement(
            Part.Bandwidth,
            "copying on the device",
            "",
            0,
            Time(clock, accelerator, () => target.View.CopyFrom(accelerator.DefaultStream, source.View)),
            2.0 * source.LengthInBytes);
    }

    private Times Time(DeviceClock clock, Accelerator accelerator, Action enqueue)
    {
        enqueue();
        accelerator.Synchronize();
        var seconds = new double[rounds];
        for (var round = 0; round < rounds; round++)
        {
            clock.Reset();
            var start = clock.Mark();
            enqueue();
            if (!clock.IsCuda)
            {
                accelerator.Synchronize();
            }

            var end = clock.Mark();
            accelerator.Synchronize();
            seconds[round] = clock.Seconds(start, end);
        }

        Array.Sort(seconds);
        return new Times(seconds, seconds[0], null);
    }
}
