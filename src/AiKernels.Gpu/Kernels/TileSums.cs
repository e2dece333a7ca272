namespace AiKernels.Gpu.Kernels;

/// <summary>
/// A warp's integer sums of 32 rows and 32 tokens, four of each thread's for each of two panels (A, B) and four eights of
/// tokens (0 to 3). Fields, since ILGPU keeps nothing else in registers.
/// </summary>
internal struct TileSums
{
    public Int4 A0, A1, A2, A3, B0, B1, B2, B3;

    /// <summary>These sums and the products of both panels' codes with the tokens'.</summary>
    public readonly TileSums Multiply(Int4 a, Int4 b, TileInput x) => new()
    {
        A0 = DeviceMath.MultiplyTiles(a, x.X0, A0),
        A1 = DeviceMath.MultiplyTiles(a, x.X1, A1),
        A2 = DeviceMath.MultiplyTiles(a, x.X2, A2),
        A3 = DeviceMath.MultiplyTiles(a, x.X3, A3),
        B0 = DeviceMath.MultiplyTiles(b, x.X0, B0),
        B1 = DeviceMath.MultiplyTiles(b, x.X1, B1),
        B2 = DeviceMath.MultiplyTiles(b, x.X2, B2),
        B3 = DeviceMath.MultiplyTiles(b, x.X3, B3),
    };

    /// <summary>These sums and others, each of those times its row's factor.</summary>
    public readonly TileSums Add(TileSums other, TileFactors factors) => new()
    {
        A0 = Add(A0, other.A0, factors.A),
        A1 = Add(A1, other.A1, factors.A),
        A2 = Add(A2, other.A2, factors.A),
        A3 = Add(A3, other.A3, factors.A),
        B0 = Add(B0, other.B0, factors.B),
        B1 = Add(B1, other.B1, factors.B),
        B2 = Add(B2, other.B2, factors.B),
        B3 = Add(B3, other.B3, factors.B),
    };

    private static Int4 Add(Int4 sums, Int4 values, Int2 factors) => new()
    {
        X = sums.X + (factors.X * values.X),
        Y = sums.Y + (factors.X * values.Y),
        Z = sums.Z + (factors.Y * values.Z),
        W = sums.W + (factors.Y * values.W),
    };
}

/// <summary>A chunk's inputs: of each eight tokens, two words of the thread's token.</summary>
internal struct TileInput
{
    public Int2 X0, X1, X2, X3;
}

/// <summary>Integers of a thread's rows: two of each panel.</summary>
internal struct TileFactors
{
    public Int2 A, B;
}
