namespace AiKernels.Gpu.Kernels;

/// <summary>A warp's float sums of 32 rows and 32 tokens, where <see cref="TileSums"/> has their integers.</summary>
internal struct TileResults
{
    public Float4 A0, A1, A2, A3, B0, B1, B2, B3;

    /// <summary>y = fma(scale of the row * scale of the token, (float)sum, y), everywhere.</summary>
    public readonly TileResults Add(TileSums sums, TileScales rows, TileTokens tokens) => new()
    {
        A0 = Add(A0, sums.A0, rows.A, tokens.T0),
        A1 = Add(A1, sums.A1, rows.A, tokens.T1),
        A2 = Add(A2, sums.A2, rows.A, tokens.T2),
        A3 = Add(A3, sums.A3, rows.A, tokens.T3),
        B0 = Add(B0, sums.B0, rows.B, tokens.T0),
        B1 = Add(B1, sums.B1, rows.B, tokens.T1),
        B2 = Add(B2, sums.B2, rows.B, tokens.T2),
        B3 = Add(B3, sums.B3, rows.B, tokens.T3),
    };

    private static Float4 Add(Float4 y, Int4 sums, Float2 rows, Float2 tokens) => new()
    {
        X = DeviceMath.Fma(DeviceMath.Multiply(rows.X, tokens.X), sums.X, y.X),
        Y = DeviceMath.Fma(DeviceMath.Multiply(rows.X, tokens.Y), sums.Y, y.Y),
        Z = DeviceMath.Fma(DeviceMath.Multiply(rows.Y, tokens.X), sums.Z, y.Z),
        W = DeviceMath.Fma(DeviceMath.Multiply(rows.Y, tokens.Y), sums.W, y.W),
    };
}

/// <summary>Scales of a thread's rows: two of each panel.</summary>
internal struct TileScales
{
    public Float2 A, B;
}

/// <summary>Scales of a thread's tokens: two of each eight.</summary>
internal struct TileTokens
{
    public Float2 T0, T1, T2, T3;
}
