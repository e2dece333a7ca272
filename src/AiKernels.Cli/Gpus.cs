#if ILGPU
using AiKernels.Gpu;
#endif

namespace AiKernels.Cli;

/// <summary>A GPU that commands can compute on.</summary>
/// <param name="Id">What <c>--device</c> calls it.</param>
/// <param name="Name">What its maker calls it.</param>
/// <param name="MemoryBytes">Its whole memory.</param>
/// <param name="IsAutomatic">Whether it may be taken without being named.</param>
/// <param name="FreeBytes">Asks for the memory that is free on it.</param>
/// <param name="Open">Makes a backend on it.</param>
internal sealed record Gpu(string Id, string Name, long MemoryBytes, bool IsAutomatic, Func<long> FreeBytes, Func<IBackend> Open);

/// <summary>The machine's GPUs. The only place that knows whether this was built with ILGPU, which not every package source has.</summary>
internal static class Gpus
{
#if ILGPU
    public static bool AreSupported => true;

    public static IEnumerable<Gpu> All => GpuDevice.All.Select(Describe);

    public static Gpu? Find(string id) => GpuDevice.Find(id) is { } device ? Describe(device) : null;

    private static Gpu Describe(GpuDevice device) => new(
        device.Id, device.Name, device.MemoryBytes, device.Kind == GpuKind.Cuda, device.FreeBytes, () => new GpuBackend(device));
#else
    public static bool AreSupported => false;

    public static IEnumerable<Gpu> All => [];

    public static Gpu? Find(string id) => null;
#endif
}
