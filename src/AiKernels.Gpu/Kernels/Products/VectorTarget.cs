using AiKernels.Formats;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>A weight of one token's products: what it is, its gate or none, and where the result goes.</summary>
/// <param name="weight">w [N,K]; no rows where there is no such product.</param>
/// <param name="gate">The gate's weight [N,K] of the same format, or w again.</param>
/// <param name="hasGate">1 if there is a gate.</param>
/// <param name="rows">N.</param>
/// <param name="finish">Where it goes.</param>
internal readonly struct VectorTarget(ArrayView<int> weight, ArrayView<int> gate, int hasGate, int rows, Finish finish)
{
    public readonly ArrayView<int> Weight = weight, Gate = gate;
    public readonly int HasGate = hasGate, Rows = rows;
    public readonly Finish Finish = finish;

    public int Panels => (Rows + PanelLayout.Rows - 1) / PanelLayout.Rows;
}
