using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

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

        // Several are read before the first is added: only the sum waits for the one before.
        const int together = 8;
        var row = DeviceFloats<TElement>.Row(weight, n / PanelLayout.Rows, columns, n & (PanelLayout.Rows - 1));
        var (inputs, y, k) = (x.Row(token), 0f, 0);
        for (; k < (columns & -together); k += together)
        {
            var (own, ahead) = (row.SubView(k * PanelLayout.Rows), inputs.SubView(k));
            Float4 a = Weights<TElement>(own, 0), b = Weights<TElement>(own, 4), p = Inputs(ahead, 0), q = Inputs(ahead, 4);
            y = Add(Add(y, a, p), b, q);
        }

        for (; k < columns; k++)
        {
            y = DeviceMath.Fma(TElement.Value(row[k * PanelLayout.Rows]), inputs[k], y);
        }

        finish.Put(token, n, y);
    }

    private static Float4 Weights<TElement>(ArrayView<TElement> row, int k)
        where TElement : unmanaged, IFloatFormat<TElement> => new()
        {
            X = TElement.Value(row[k * PanelLayout.Rows]),
            Y = TElement.Value(row[(k + 1) * PanelLayout.Rows]),
            Z = TElement.Value(row[(k + 2) * PanelLayout.Rows]),
            W = TElement.Value(row[(k + 3) * PanelLayout.Rows]),
        };

    private static Float4 Inputs(ArrayView<float> x, int k) => new() { X = x[k], Y = x[k + 1], Z = x[k + 2], W = x[k + 3] };

    /// <summary>y = fma(w, x, y), in this order.</summary>
    private static float Add(float y, Float4 w, Float4 x)
    {
        y = DeviceMath.Fma(w.X, x.X, y);
        y = DeviceMath.Fma(w.Y, x.Y, y);
        y = DeviceMath.Fma(w.Z, x.Z, y);
        return DeviceMath.Fma(w.W, x.W, y);
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
