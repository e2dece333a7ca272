using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>What becomes of a product's sums: times silu(gate), plus a bias, plus what y held. A part that is left out is 0.</summary>
/// <param name="y">y [T,N].</param>
/// <param name="bias">b [1,N].</param>
/// <param name="gates">The other product's sums [T,N].</param>
/// <param name="hasBias">1 if there is a bias.</param>
/// <param name="hasGate">1 if there is a gate.</param>
/// <param name="accumulates">1 if y is added.</param>
internal readonly struct Finish(DeviceMatrix y, DeviceMatrix bias, DeviceMatrix gates, int hasBias, int hasGate, int accumulates)
{
    private readonly DeviceMatrix _y = y, _bias = bias, _gates = gates;
    private readonly int _hasBias = hasBias, _hasGate = hasGate, _accumulates = accumulates;

    public void Put(int token, int row, float sum) => Add(token, row, _hasGate == 1 ? Gated(sum, _gates[token, row]) : sum);

    /// <summary>The same with a gate that the thread has made itself.</summary>
    public void Put(int token, int row, float sum, float gate) => Add(token, row, Gated(sum, gate));

    /// <summary>silu(gate) * sum.</summary>
    private static float Gated(float sum, float gate) =>
        DeviceMath.Multiply(gate / DeviceMath.Add(1, DeviceMath.Exp(-gate)), sum);

    private void Add(int token, int row, float sum)
    {
        if (_hasBias == 1)
        {
            sum = DeviceMath.Add(sum, _bias[0, row]);
        }

        ref var y = ref _y[token, row];
        y = _accumulates == 1 ? DeviceMath.Add(y, sum) : sum;
    }
}
