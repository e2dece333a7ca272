using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>What a row's integer sums of a segment are multiplied with: scale times t, and minimum scale times -t.</summary>
internal struct VectorScales
{
    public float Scale, MinimumScale;

    /// <summary>Reads a row's.</summary>
    public static VectorScales Read<TBlock>(QuantizedRows x, int token, ArrayView<int> panel, int s, int row)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var halves = panel.Cast<short>().SubView(row).SubView(s * (BlockPanel<TBlock>.SegmentBytes / 2));
        var t = Interop.IntAsFloat((uint)DeviceMemory.One(ref x.ScalesOfRow(token)[s]));
        return new()
        {
            Scale = DeviceMath.Multiply(Half(ref halves[BlockPanel<TBlock>.ScaleOffset / 2]), t),
            MinimumScale = TBlock.HasMinimum ? -DeviceMath.Multiply(Half(ref halves[BlockPanel<TBlock>.MinimumScaleOffset / 2]), t) : 0,
        };
    }

    private static float Half(ref short bits) => HalfBits.ToFloat((ushort)DeviceMemory.Half(ref bits));
}
