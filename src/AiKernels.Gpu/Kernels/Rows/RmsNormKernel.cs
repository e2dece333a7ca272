using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Rows;

/// <summary>
/// y = x / sqrt(mean(x^2) + epsilon) * gain, for every so many channels. A group is such a piece of a row, which it
/// brings into shared memory together; sixteen of its threads then own a partial sum each.
/// </summary>
internal static class RmsNormKernel
{
    /// <summary>The most threads of a group, and a multiple of a quantized block's.</summary>
    public const int MostThreads = 256;

    private const int TileLength = 1024;

    /// <summary>See the class. Grid: pieces, rows.</summary>
    public static void Run(DeviceMatrix x, DeviceMatrix gain, int length, float epsilon, DeviceMatrix y) =>
        Normalize(x, gain, length, epsilon, y);

    /// <summary>And a whole row's norm quantized, as <see cref="QuantizeKernel"/> does it. Grid: 1, rows.</summary>
    public static void Quantized(DeviceMatrix x, DeviceMatrix gain, int length, float epsilon, DeviceMatrix y, QuantizedRows quantized)
    {
        var maxima = SharedMemory.Allocate<int>(MostThreads);
        var sums = SharedMemory.Allocate<int>(MostThreads);
        Normalize(x, gain, length, epsilon, y);
        for (var word = Group.IdxX; word - Group.IdxX < length / QuantizeKernel.PerThread; word += Group.DimX)
        {
            Group.Barrier(); // What lies in y other threads have made.
            QuantizeKernel.Word(y, quantized, Grid.IdxY, word, maxima, sums);
        }
    }

    private static void Normalize(DeviceMatrix x, DeviceMatrix gain, int length, float epsilon, DeviceMatrix y)
    {
        var tile = SharedMemory.Allocate<float>(TileLength);
        var partial = SharedMemory.Allocate<float>(PartialSums.Count);
        var (row, first, thread) = (Grid.IdxY, Grid.IdxX * length, Group.IdxX);
        var sum = 0f;
        for (var start = 0; start < length; start += TileLength)
        {
            var count = IntrinsicMath.Min(TileLength, length - start);
            for (var i = thread; i < count; i += Group.DimX)
            {
                tile[i] = x[row, first + start + i];
            }

            Group.Barrier();
            for (var i = thread; thread < PartialSums.Count && i < count; i += PartialSums.Count)
            {
                sum = DeviceMath.Fma(tile[i], tile[i], sum);
            }

            Group.Barrier();
        }

        if (thread < PartialSums.Count)
        {
            partial[thread] = sum;
        }

        Group.Barrier();
        var inverse = 1 / MathF.Sqrt(DeviceMath.Add(PartialSums.Tree(partial) / length, epsilon));
        for (var i = thread; i < length; i += Group.DimX)
        {
            y[row, first + i] = DeviceMath.Multiply(DeviceMath.Multiply(x[row, first + i], inverse), gain[0, i]);
        }
    }
}
