using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Rows;

/// <summary>y[i] = x[rows[i]], x [T,K] -> y [rows,K]. A thread is a number; groups lie along K, grid rows are y's.</summary>
internal static class GatherKernel
{
    public static void Run(ArrayView<int> rows, DeviceMatrix x, int columns, DeviceMatrix y)
    {
        var k = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (k < columns)
        {
            y[Grid.IdxY, k] = x[rows[Grid.IdxY], k];
        }
    }
}
