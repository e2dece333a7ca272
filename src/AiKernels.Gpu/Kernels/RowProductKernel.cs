using AiKernels.Formats;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>
/// x [T,K], w [N,K] -> y [T,N] as docs/ARITHMETIC.md defines it, without any cooperation of threads: a thread owns a row,
/// groups lie along the rows, grid rows are tokens.
/// </summary>
internal static class RowProductKernel
{
    public static void Blocks<TBlock>(QuantizedRows x, ArrayView<int> weight, int rows, Finish finish)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var (token, n) = (Grid.IdxY, (Grid.IdxX * Group.DimX) + Group.IdxX);
        if (n >= rows)
        {
            return;
        }

        var (row, segments) = (n & (PanelLayout.Rows - 1), x.Blocks);
        var segment = (long)(n / PanelLayout.Rows) * segments * DevicePanel<TBlock>.SegmentWords;
        var y = 0f;
        for (var s = 0; s < segments; s++, segment += DevicePanel<TBlock>.SegmentWords)
        {
            var scale = x.Scale(token, s);
            var (products, minima) = (0, 0);
            for (var g = 0; g < BlockPanel<TBlock>.Groups; g++)
            {
                var sum = GroupSum<TBlock>(x, token, s, g);
                var product = GroupProduct<TBlock>(x, token, s, weight, segment, row, g) - (TBlock.CodeOffset * sum);
                products += DevicePanel<TBlock>.GroupScale(weight, segment, row, g) * product;
                minima += TBlock.HasMinimum ? DevicePanel<TBlock>.GroupMinimum(weight, segment, row, g) * sum : 0;
            }

            y = DeviceMath.Fma(DeviceMath.Multiply(DevicePanel<TBlock>.Scale(weight, segment, row), scale), products, y);
            if (TBlock.HasMinimum)
            {
                y = DeviceMath.Fma(-DeviceMath.Multiply(DevicePanel<TBlock>.MinimumScale(weight, segment, row), scale), minima, y);
            }
        }

        finish.Put(token, n, y);
    }

    public static void Floats<TElement>(DeviceMatrix x, int columns, ArrayView<int> weight, int rows, Finish finish)
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        var (token, n) = (Grid.IdxY, (Grid.IdxX * Group.DimX) + Group.IdxX);
        if (n >= rows)
        {
            return;
        }

        var y = 0f;
        for (var k = 0; k < columns; k++)
        {
            y = DeviceMath.Fma(DeviceFloats<TElement>.Value(weight, n / PanelLayout.Rows, columns, n & (PanelLayout.Rows - 1), k), x[token, k], y);
        }

        finish.Put(token, n, y);
    }

    private static int GroupProduct<TBlock>(
        QuantizedRows x, int token, int s, ArrayView<int> weight, long segment, int row, int group)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        const int depth = PanelLayout.Depth;
        var product = 0;
        for (var step = group * TBlock.GroupLength / depth; step < (group + 1) * TBlock.GroupLength / depth; step++)
        {
            var codes = DevicePanel<TBlock>.Codes(weight, segment, row, step);
            product = DeviceMath.Dot4(codes, x.Codes(token, (s * TBlock.SegmentLength / depth) + step), product);
        }

        return product;
    }

    private static int GroupSum<TBlock>(QuantizedRows x, int token, int s, int group)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        const int length = QuantizedRows.SumLength;
        var sum = 0;
        for (var i = group * TBlock.GroupLength / length; i < (group + 1) * TBlock.GroupLength / length; i++)
        {
            sum += x.Sum(token, (s * TBlock.SegmentLength / length) + i);
        }

        return sum;
    }
}
