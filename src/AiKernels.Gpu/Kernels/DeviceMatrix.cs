using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>A tensor as kernels see it: x [T, columns], a row every so many floats.</summary>
/// <param name="data">From the first float on.</param>
/// <param name="stride">Floats from a row's start to the next one's.</param>
internal readonly struct DeviceMatrix(ArrayView<float> data, int stride)
{
    private readonly ArrayView<float> _data = data;
    private readonly int _stride = stride;

    public ref float this[int row, int column] => ref _data[((long)row * _stride) + column];
}
