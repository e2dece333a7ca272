using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>A tensor as kernels see it: x [T, columns], a row every so many floats.</summary>
/// <param name="data">From the first float on.</param>
/// <param name="stride">Floats from a row's start to the next one's.</param>
internal readonly struct DeviceMatrix(ArrayView<float> data, int stride)
{
    private readonly ArrayView<float> _data = data;
    private readonly int _stride = stride;

    public ref float this[int row, int column] => ref At(Place(row, column));

    /// <summary>Where a float is.</summary>
    public long Place(int row, int column) => ((long)row * _stride) + column;

    /// <summary>The float at a place.</summary>
    public ref float At(long place) => ref _data[place];

    /// <summary>From a row's first float on.</summary>
    public ArrayView<float> Row(int row) => _data.SubView((long)row * _stride);
}
