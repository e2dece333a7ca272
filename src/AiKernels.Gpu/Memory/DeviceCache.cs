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

    /// <summary>Enqueues that a page becomes another's copy.</summary>
    public void Copy(AcceleratorStream stream, int source, int target) => Page(target).CopyFrom(stream, Page(source));

    /// <summary>Enqueues that a page becomes zero.</summary>
    public void Clear(AcceleratorStream stream, int page) => Page(page).MemSetToZero(stream);

    protected override void Free() => backend.Free(memory);

    private ArrayView<int> Page(int page)
    {
        var length = Length(kernels, Shape, 1);
        return memory.View.BaseView.SubView(page * length, length);
    }
}
