using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>A warp's float sums of 16 rows and 64 tokens, where <see cref="TileSums"/> has their integers.</summary>
internal struct TileResults
{
    public Float4 A0, B0, A1, B1, A2, B2, A3, B3;

    /// <summary>y = fma(scale of the row * scale of the token, (float)sum, y), everywhere.</summary>
    public readonly TileResults Add(TileSums sums, Float2 rows, TileScales tokens) => new()
    {
        A0 = Add(A0, sums.A0, rows, tokens.S0.X, tokens.S0.Z),
        B0 = Add(B0, sums.B0, rows, tokens.S0.Y, tokens.S0.W),
        A1 = Add(A1, sums.A1, rows, tokens.S1.X, tokens.S1.Z),
        B1 = Add(B1, sums.B1, rows, tokens.S1.Y, tokens.S1.W),
        A2 = Add(A2, sums.A2, rows, tokens.S2.X, tokens.S2.Z),
        B2 = Add(B2, sums.B2, rows, tokens.S2.Y, tokens.S2.W),
        A3 = Add(A3, sums.A3, rows, tokens.S3.X, tokens.S3.Z),
        B3 = Add(B3, sums.B3, rows, tokens.S3.Y, tokens.S3.W),
    };

    /// <summary>Puts a warp's sums into memory of its own, [64 tokens][16 rows]: from there code that is written once finishes all.</summary>
    public readonly void Put(ArrayView<float> stage)
    {
        Put(stage, 0, A0, B0);
        Put(stage, 16, A1, B1);
        Put(stage, 32, A2, B2);
        Put(stage, 48, A3, B3);
    }

    private static void Put(ArrayView<float> stage, int sixteen, Float4 a, Float4 b)
    {
        var (token, row) = (sixteen + (4 * (Group.IdxX & 3)), 2 * ((Group.IdxX >> 2) & 7));
        Put(stage, token, row, a.X, a.Z);
        Put(stage, token + 1, row, b.X, b.Z);
        Put(stage, token + 2, row, a.Y, a.W);
        Put(stage, token + 3, row, b.Y, b.W);
    }

    private static void Put(ArrayView<float> stage, int token, int row, float first, float second)
    {
        stage[(token * PanelLayout.Rows) + row] = first;
        stage[(token * PanelLayout.Rows) + row + 1] = second;
    }

    private static Float4 Add(Float4 y, Int4 sums, Float2 rows, float first, float second) => new()
    {
        X = DeviceMath.Fma(DeviceMath.Multiply(rows.X, first), sums.X, y.X),
        Y = DeviceMath.Fma(DeviceMath.Multiply(rows.X, second), sums.Y, y.Y),
        Z = DeviceMath.Fma(DeviceMath.Multiply(rows.Y, first), sums.Z, y.Z),
        W = DeviceMath.Fma(DeviceMath.Multiply(rows.Y, second), sums.W, y.W),
    };
}
