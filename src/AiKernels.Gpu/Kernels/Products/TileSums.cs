using AiKernels.Gpu.Kernels.Device;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>
/// A warp's integer sums of 16 rows and 64 tokens: of either eight (A, B) of each sixteen tokens, a thread's are row 2 g with
/// columns 2 t and 2 t + 1, and row 2 g + 1 with both. Fields, since ILGPU keeps nothing else in registers.
/// </summary>
internal struct TileSums
{
    public Int4 A0, B0, A1, B1, A2, B2, A3, B3;

    /// <summary>These sums and products of 32 inputs.</summary>
    public readonly TileSums Multiply(Int4 rows, TileWords x) => new()
    {
        A0 = DeviceMath.MultiplyTiles(rows, Low(x.S0), A0),
        B0 = DeviceMath.MultiplyTiles(rows, High(x.S0), B0),
        A1 = DeviceMath.MultiplyTiles(rows, Low(x.S1), A1),
        B1 = DeviceMath.MultiplyTiles(rows, High(x.S1), B1),
        A2 = DeviceMath.MultiplyTiles(rows, Low(x.S2), A2),
        B2 = DeviceMath.MultiplyTiles(rows, High(x.S2), B2),
        A3 = DeviceMath.MultiplyTiles(rows, Low(x.S3), A3),
        B3 = DeviceMath.MultiplyTiles(rows, High(x.S3), B3),
    };

    /// <summary>These sums and products of 16 inputs, or of 16 sums: of a thread's two words the first.</summary>
    public readonly TileSums MultiplyFirst(Int2 rows, TileWords x) => new()
    {
        A0 = DeviceMath.MultiplyHalfTiles(rows, x.S0.X, A0),
        B0 = DeviceMath.MultiplyHalfTiles(rows, x.S0.Z, B0),
        A1 = DeviceMath.MultiplyHalfTiles(rows, x.S1.X, A1),
        B1 = DeviceMath.MultiplyHalfTiles(rows, x.S1.Z, B1),
        A2 = DeviceMath.MultiplyHalfTiles(rows, x.S2.X, A2),
        B2 = DeviceMath.MultiplyHalfTiles(rows, x.S2.Z, B2),
        A3 = DeviceMath.MultiplyHalfTiles(rows, x.S3.X, A3),
        B3 = DeviceMath.MultiplyHalfTiles(rows, x.S3.Z, B3),
    };

    /// <summary>The same, the second.</summary>
    public readonly TileSums MultiplySecond(Int2 rows, TileWords x) => new()
    {
        A0 = DeviceMath.MultiplyHalfTiles(rows, x.S0.Y, A0),
        B0 = DeviceMath.MultiplyHalfTiles(rows, x.S0.W, B0),
        A1 = DeviceMath.MultiplyHalfTiles(rows, x.S1.Y, A1),
        B1 = DeviceMath.MultiplyHalfTiles(rows, x.S1.W, B1),
        A2 = DeviceMath.MultiplyHalfTiles(rows, x.S2.Y, A2),
        B2 = DeviceMath.MultiplyHalfTiles(rows, x.S2.W, B2),
        A3 = DeviceMath.MultiplyHalfTiles(rows, x.S3.Y, A3),
        B3 = DeviceMath.MultiplyHalfTiles(rows, x.S3.W, B3),
    };

    /// <summary>These sums and others, each of those times its row's factor.</summary>
    public readonly TileSums Add(TileSums other, Int2 factors) => new()
    {
        A0 = Add(A0, other.A0, factors),
        B0 = Add(B0, other.B0, factors),
        A1 = Add(A1, other.A1, factors),
        B1 = Add(B1, other.B1, factors),
        A2 = Add(A2, other.A2, factors),
        B2 = Add(B2, other.B2, factors),
        A3 = Add(A3, other.A3, factors),
        B3 = Add(B3, other.B3, factors),
    };

    private static Int2 Low(Int4 words) => new() { X = words.X, Y = words.Y };

    private static Int2 High(Int4 words) => new() { X = words.Z, Y = words.W };

    private static Int4 Add(Int4 sums, Int4 values, Int2 factors) => new()
    {
        X = sums.X + (factors.X * values.X),
        Y = sums.Y + (factors.X * values.Y),
        Z = sums.Z + (factors.Y * values.Z),
        W = sums.W + (factors.Y * values.W),
    };
}
