using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>y[t] = w[tokens[t]], w [N,K] -> y [T,K]. A thread is a number; groups lie along K, grid rows are tokens.</summary>
internal static class EmbedKernel
{
    public static void Blocks<TBlock>(ArrayView<int> tokens, ArrayView<int> weight, int columns, DeviceMatrix y)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var k = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (k >= columns)
        {
            return;
        }

        var (token, segments) = (tokens[Grid.IdxY], columns / TBlock.SegmentLength);
        var segment = (((long)token / PanelLayout.Rows * segments) + (k / TBlock.SegmentLength)) * DevicePanel<TBlock>.SegmentWords;
        y[Grid.IdxY, k] = DevicePanel<TBlock>.Value(weight, segment, token & (PanelLayout.Rows - 1), k & (TBlock.SegmentLength - 1));
    }

    public static void Floats<TElement>(ArrayView<int> tokens, ArrayView<int> weight, int columns, DeviceMatrix y)
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        var k = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (k < columns)
        {
            var token = tokens[Grid.IdxY];
            y[Grid.IdxY, k] = DeviceFloats<TElement>.Value(weight, token / PanelLayout.Rows, columns, token & (PanelLayout.Rows - 1), k);
        }
    }
}
