using ILGPU;

namespace AiKernels.Gpu.Kernels.Device;

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

    /// <summary>The rows from one on.</summary>
    public DeviceMatrix From(int row) => new(_data.SubView((long)row * _stride), _stride);

    /// <summary>Four rows' numbers of a column, so many rows apart; 0 where there is no such row or column. Of few rows.</summary>
    public Float4 Four(int row, int step, int rows, int column, int columns)
    {
        var (place, stride) = ((row * _stride) + column, step * _stride);
        rows = column < columns ? rows : 0;
        return new()
        {
            X = row < rows ? _data[place] : 0,
            Y = row + step < rows ? _data[place + stride] : 0,
            Z = row + (2 * step) < rows ? _data[place + (2 * stride)] : 0,
            W = row + (3 * step) < rows ? _data[place + (3 * stride)] : 0,
        };
    }

    /// <summary>The float at a place.</summary>
    public ref float At(long place) => ref _data[place];

    /// <summary>From a row's first float on.</summary>
    public ArrayView<float> Row(int row) => _data.SubView((long)row * _stride);
}
