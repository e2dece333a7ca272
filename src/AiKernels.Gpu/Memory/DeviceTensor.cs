using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Memory;

/// <summary>Floats on the device.</summary>
internal sealed class DeviceTensor(GpuBackend backend, MemoryBuffer1D<float, Stride1D.Dense> memory) : TensorStorage
{
    public override IBackend Backend => backend;

    public override long Length { get; } = memory.Length;

    public ArrayView<float> View => memory.View;

    protected override void Free() => backend.Free(memory);
}
