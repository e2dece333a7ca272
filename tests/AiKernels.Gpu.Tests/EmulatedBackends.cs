using AiKernels.Gpu.Kernels.Device;

namespace AiKernels.Gpu.Tests;

/// <summary>Backends on ILGPU's CPU accelerator, which compile each kernel once for all tests of a class.</summary>
public sealed class EmulatedBackends : IDisposable
{
    /// <summary>A thread makes a row of a product, as on devices without tensor cores.</summary>
    public GpuBackend ByRows { get; } = new(GpuDevice.Emulator, Cooperation.None);

    /// <summary>Warps make products together, as on CUDA devices.</summary>
    public GpuBackend ByWarps { get; } = new(GpuDevice.Emulator, Cooperation.TensorCores);

    /// <summary>Warps make few tokens' products together, as on CUDA devices without these tensor cores.</summary>
    public GpuBackend WithoutTensorCores { get; } = new(GpuDevice.Emulator, Cooperation.Warps);

    public void Dispose()
    {
        WithoutTensorCores.Dispose();
        ByRows.Dispose();
        ByWarps.Dispose();
    }
}
