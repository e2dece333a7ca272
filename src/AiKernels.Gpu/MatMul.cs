using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Products;
using AiKernels.Gpu.Memory;

namespace AiKernels.Gpu;

/// <summary>
/// The kernels that a product takes: of few tokens as many products as a launch can make together, of more one by one, a gate
/// before the product that it multiplies.
/// </summary>
internal sealed class MatMul(GpuBackend backend, OpenDevice device, QuantizedMemory quantized, HeldNorm norm, Cooperation cooperation)
{
    private readonly GrowingBuffer<float> _gates = new(device);

    /// <summary>Enqueues the products of x [T,K], whose operands have been checked.</summary>
    public void Run(DeviceMatrix input, Tensor x, ReadOnlySpan<Projection> projections)
    {
        quantized.Begin(input, x.Rows, x.Columns, inTiles: x.Rows > VectorProductKernel.MaxTokens && cooperation == Cooperation.TensorCores);
        norm.ReleaseFor(x, projections.IsEmpty ? null : backend.Own(projections[0].Weight).Kernels.InputBlockLength);
        for (var i = 0; i < projections.Length;)
        {
            var together = x.Rows <= VectorProductKernel.MaxTokens ? MultiplyFewTokens(x.Rows, projections[i..]) : 0;
            if (together == 0)
            {
                Multiply(input, x, projections[i]);
                together = 1;
            }

            i += together;
        }
    }

    private void Multiply(DeviceMatrix input, Tensor x, in Projection projection)
    {
        var gates = default(DeviceMatrix);
        if (projection.Gate is { } gate)
        {
            gates = new DeviceMatrix(_gates.Get((long)x.Rows * gate.Rows), gate.Rows);
            Multiply(input, x, backend.Own(gate), new Finish(gates, gates, gates, hasBias: 0, hasGate: 0, accumulates: 0));
        }

        Multiply(input, x, backend.Own(projection.Weight), Finish(projection, gates));
    }

    private void Multiply(DeviceMatrix input, Tensor x, DeviceWeight weight, Finish finish)
    {
        var kernels = weight.Kernels;
        var codes = kernels.InputBlockLength is { } length ? quantized.Get(length) : default;
        if (x.Rows <= VectorProductKernel.MaxTokens && kernels.MakesVectorProducts)
        {
            kernels.Multiply(codes, x.Rows, new VectorTarget(weight.Words, weight.Words, hasGate: 0, weight.Rows, finish), default, default);
        }
        else
        {
            kernels.Multiply(input, codes, x.Rows, weight.Words, weight.Rows, weight.Columns, finish);
        }
    }

    /// <summary>As many of the first products of few tokens as a launch can make together; gives their number.</summary>
    private int MultiplyFewTokens(int tokens, ReadOnlySpan<Projection> projections)
    {
        var (kernels, count) = (backend.Own(projections[0].Weight).Kernels, 0);
        while (kernels.MakesVectorProducts && count < Math.Min(projections.Length, VectorProductKernel.MaxTargets)
            && backend.Own(projections[count].Weight).Kernels == kernels
            && (projections[count].Gate is not { } gate || backend.Own(gate).Kernels == kernels))
        {
            count++;
        }

        if (count > 0)
        {
            kernels.Multiply(
                quantized.Get(kernels.InputBlockLength!.Value),
                tokens,
                Target(projections[0]),
                count > 1 ? Target(projections[1]) : default,
                count > 2 ? Target(projections[2]) : default);
        }

        return count;
    }

    private VectorTarget Target(in Projection projection)
    {
        var weight = backend.Own(projection.Weight);
        var gate = projection.Gate is { } other ? backend.Own(other) : weight;
        return new VectorTarget(weight.Words, gate.Words, projection.Gate is null ? 0 : 1, weight.Rows, Finish(projection, default));
    }

    private Finish Finish(in Projection projection, DeviceMatrix gates) => new(
        backend.Matrix(projection.Output),
        projection.Bias is { } bias ? backend.Matrix(bias) : default,
        gates,
        projection.Bias is null ? 0 : 1,
        projection.Gate is null ? 0 : 1,
        projection.Accumulate ? 1 : 0);
}
