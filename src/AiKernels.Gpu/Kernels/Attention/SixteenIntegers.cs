using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>An integer sum of each of a tile's sixteen rows, in registers.</summary>
internal struct SixteenIntegers
{
    public Int4 A, B, C, D;

    /// <summary>These and the products of four codes of a key with each row's.</summary>
    public readonly SixteenIntegers Add(ArrayView<Int4> rows, int key) => new()
    {
        A = Add(rows[0], key, A),
        B = Add(rows[1], key, B),
        C = Add(rows[2], key, C),
        D = Add(rows[3], key, D),
    };

    /// <summary>The same of four words of a key, from an index on.</summary>
    public readonly SixteenIntegers Add(ArrayView<Int4> all, int first, Int4 keys) => Add(Sixteen.At(all, first), keys.X)
        .Add(Sixteen.At(all, first + 1), keys.Y).Add(Sixteen.At(all, first + 2), keys.Z).Add(Sixteen.At(all, first + 3), keys.W);

    /// <summary>fma(key's scale * row's scale, (float)product, sum), everywhere.</summary>
    public readonly Sixteen Scaled(ArrayView<Float4> scales, float scale, Sixteen sums) => new()
    {
        A = Scaled(A, scales[0], scale, sums.A),
        B = Scaled(B, scales[1], scale, sums.B),
        C = Scaled(C, scales[2], scale, sums.C),
        D = Scaled(D, scales[3], scale, sums.D),
    };

    private static Int4 Add(Int4 rows, int key, Int4 sums) => new()
    {
        X = DeviceMath.Dot4(key, rows.X, sums.X),
        Y = DeviceMath.Dot4(key, rows.Y, sums.Y),
        Z = DeviceMath.Dot4(key, rows.Z, sums.Z),
        W = DeviceMath.Dot4(key, rows.W, sums.W),
    };

    private static Float4 Scaled(Int4 products, Float4 rows, float scale, Float4 sums) => new()
    {
        X = DeviceMath.Fma(DeviceMath.Multiply(scale, rows.X), products.X, sums.X),
        Y = DeviceMath.Fma(DeviceMath.Multiply(scale, rows.Y), products.Y, sums.Y),
        Z = DeviceMath.Fma(DeviceMath.Multiply(scale, rows.Z), products.Z, sums.Z),
        W = DeviceMath.Fma(DeviceMath.Multiply(scale, rows.W), products.W, sums.W),
    };
}
