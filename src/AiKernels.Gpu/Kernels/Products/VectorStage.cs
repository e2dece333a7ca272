using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>
/// Sums of some segments of a panel in shared memory, [segments][16 rows], where threads that own a row walk them in their
/// order: there it counts.
/// </summary>
/// <param name="memory">Of <see cref="Floats"/>.</param>
/// <typeparam name="TBlock">The format.</typeparam>
internal readonly struct VectorStage<TBlock>(ArrayView<float> memory)
    where TBlock : unmanaged, IBlockFormat<TBlock>
{
    private readonly ArrayView<float> _memory = memory;

    /// <summary>Segments that it has room for: two of each of eight warps, or eight.</summary>
    public static int Segments => VectorUnit<TBlock>.Segments == 1 ? 16 : 64;

    /// <summary>Its memory.</summary>
    public static int Floats => Plane * (TBlock.HasMinimum ? 4 : 2);

    private static int Plane => Segments * PanelLayout.Rows;

    public void Put(int segment, int row, int products, int minima, VectorScales scales)
    {
        var memory = _memory.SubView((segment * PanelLayout.Rows) + row);
        memory[0] = products;
        memory[Plane] = scales.Scale;
        if (TBlock.HasMinimum)
        {
            memory[2 * Plane] = minima;
            memory[3 * Plane] = scales.MinimumScale;
        }
    }

    /// <summary>A row's sum with so many segments added.</summary>
    public float Add(float y, int row, int segments)
    {
        const int together = 4; // So many are read before they are added: only the sum waits for the one before.
        var s = 0;
        for (; s < (segments & -together); s += together)
        {
            Terms a = Read(row, s, 0), b = Read(row, s, 1), c = Read(row, s, 2), d = Read(row, s, 3);
            y = d.Add(c.Add(b.Add(a.Add(y))));
        }

        for (; s < segments; s++)
        {
            y = Read(row, s, 0).Add(y);
        }

        return y;
    }

    private Terms Read(int row, int segment, int next)
    {
        var memory = _memory.SubView(row).SubView(segment * PanelLayout.Rows);
        var at = next * PanelLayout.Rows;
        return new()
        {
            Products = memory[at],
            Scale = memory[Plane + at],
            Minima = TBlock.HasMinimum ? memory[(2 * Plane) + at] : 0,
            MinimumScale = TBlock.HasMinimum ? memory[(3 * Plane) + at] : 0,
        };
    }

    /// <summary>What a segment adds.</summary>
    private struct Terms
    {
        public float Products, Scale, Minima, MinimumScale;

        public readonly float Add(float y)
        {
            y = DeviceMath.Fma(Scale, Products, y);
            return TBlock.HasMinimum ? DeviceMath.Fma(MinimumScale, Minima, y) : y;
        }
    }
}
