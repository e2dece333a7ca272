using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>
/// Walsh-Hadamard transform of every B channels, in place: x s, then (a, b) = (a + b, a - b) for the channels that are 1 apart,
/// 2 apart, 4 apart and so on.
/// </summary>
internal static class HadamardKernel
{
    /// <summary>See the class. Grid: every B channels of a row; rows. Dynamic shared memory: B floats.</summary>
    public static void Run(DeviceMatrix x, int length, float scale) =>
        Transform(x, Grid.IdxY, Grid.IdxX * length, length, scale, SharedMemory.GetDynamic<float>());

    /// <summary>B channels of a row from one on, by all threads of a group; none of them has read or written these before.</summary>
    public static void Transform(DeviceMatrix x, int row, int first, int length, float scale, ArrayView<float> numbers)
    {
        for (var i = Group.IdxX; i < length; i += Group.DimX)
        {
            numbers[i] = DeviceMath.Multiply(x[row, first + i], scale);
        }

        for (var apart = 1; apart < length; apart <<= 1)
        {
            Group.Barrier();
            for (var pair = Group.IdxX; pair < length >> 1; pair += Group.DimX)
            {
                // A zero comes in where the number of the pair has the bit of its distance.
                var i = ((pair & -apart) << 1) | (pair & (apart - 1));
                var (a, b) = (numbers[i], numbers[i + apart]);
                numbers[i] = DeviceMath.Add(a, b);
                numbers[i + apart] = DeviceMath.Add(a, -b);
            }
        }

        Group.Barrier();
        for (var i = Group.IdxX; i < length; i += Group.DimX)
        {
            x[row, first + i] = numbers[i];
        }
    }
}
