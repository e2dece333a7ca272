using System.Numerics.Tensors;
using AiKernels.Cpu;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests;

public class BackendExtensionsTests
{
    [Fact]
    public void A_product_of_tensor_spans_is_near_its_float_result()
    {
        using var backend = new CpuBackend(2);
        var random = new Random(1);
        var x = RandomNumbers.Normal(random, 3 * 256);
        var w = RandomNumbers.Normal(random, 20 * 256);
        using var weight = backend.CreateWeight(GgmlType.Q8_0, new ReadOnlyTensorSpan<float>(w, [20, 256]));
        var y = new float[3 * 20];
        backend.MatMul(new ReadOnlyTensorSpan<float>(x, [3, 256]), weight, new TensorSpan<float>(y, [3, 20]));

        for (var i = 0; i < y.Length; i++)
        {
            var exact = TensorPrimitives.Dot<float>(x.AsSpan(i / 20 * 256, 256), w.AsSpan(i % 20 * 256, 256));
            Assert.InRange(y[i] - exact, -0.6, 0.6); // sqrt(256) times twice an 8-bit error of about 0.01.
        }
    }

    [Fact]
    public void A_transposed_view_is_read_in_its_own_order()
    {
        using var backend = new CpuBackend(1);
        var view = new ReadOnlyTensorSpan<float>([1, 2, 3, 4, 5, 6], [3, 2], [1, 3]);
        var tensor = backend.CreateTensor(view);
        var values = new float[6];
        backend.Read(tensor, values);
        Assert.Equal([1, 4, 2, 5, 3, 6], values);
    }

    [Fact]
    public void Spans_that_are_no_matrices_of_the_right_shape_are_refused()
    {
        using var backend = new CpuBackend(1);
        var weight = backend.CreateWeight(GgmlType.F32, new ReadOnlyTensorSpan<float>(new float[6], [3, 2]));
        Assert.Throws<ArgumentException>(() => backend.CreateTensor(new ReadOnlyTensorSpan<float>(new float[8], [2, 2, 2])));
        Assert.Throws<ArgumentException>(() => backend.MatMul(
            new ReadOnlyTensorSpan<float>(new float[3], [1, 3]), weight, new TensorSpan<float>(new float[3], [1, 3])));
    }
}
