using AiKernels.Cache;
using AiKernels.Gpu.Kernels.Attention;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Memory;

/// <summary>Pages of keys and values on the device; <see cref="DevicePages"/> says where what is.</summary>
internal sealed class DeviceCache(
    GpuBackend backend, KeyValueKernels kernels, KeyValueShape shape, int pages, MemoryBuffer1D<int, Stride1D.Dense> memory)
    : KeyValueCache(shape, pages)
{
    public override IBackend Backend => backend;

    public KeyValueKernels Kernels => kernels;

    /// <summary>Words that pages take.</summary>
    public static long Length(KeyValueKernels kernels, KeyValueShape shape, int pages) =>
        checked(2L * kernels.HeadWords(shape.HeadLength, shape.PageLength) * shape.Heads * shape.Layers * pages);

    /// <summary>The pages as a layer's operations see them.</summary>
    public DevicePages Layer(int layer) => new(
        memory.View, layer, Shape.Layers, Shape.Heads, Shape.HeadLength, Shape.PageLength, kernels.HeadWords(Shape.HeadLength, Shape.PageLength));

    protected override void Free() => backend.Free(memory);
}
