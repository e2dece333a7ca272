using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>
/// y = x / sqrt(mean(x^2) + epsilon) * gain, for every so many channels. A group is such a piece of a row, which it
/// brings into shared memory together; sixteen of its threads then own a partial sum each.
/// </summary>
internal static class RmsNormKernel
{
    private const int TileLength = 1024;

    public static void Run(DeviceMatrix x, DeviceMatrix gain, int length, float epsilon, DeviceMatrix y)
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
