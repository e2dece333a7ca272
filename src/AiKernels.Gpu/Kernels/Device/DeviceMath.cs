using AiKernels.Numerics;
using ILGPU;
using ILGPU.IR.Intrinsics;

namespace AiKernels.Gpu.Kernels.Device;

/// <summary>
/// Arithmetic that rounds as docs/ARITHMETIC.md says, on every device. The C# here is the definition, and what ILGPU's
/// CPU accelerator runs; CUDA devices get the instruction that <see cref="PtxIntrinsics"/> emits instead.
/// </summary>
/// <remarks>
/// A product is written <see cref="Multiply"/> wherever a sum might follow: compilers for GPUs join a * b + c into one
/// rounding unless told otherwise. ILGPU confuses signed and unsigned integers of one width, so bytes are widened at once.
/// </remarks>
internal static class DeviceMath
{
    /// <summary>a b + c, rounded once.</summary>
    [IntrinsicImplementation]
    public static float Fma(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    /// <summary>a b, rounded.</summary>
    [IntrinsicImplementation]
    public static float Multiply(float a, float b) => a * b;

    /// <summary>a + b, rounded.</summary>
    [IntrinsicImplementation]
    public static float Add(float a, float b) => a + b;

    /// <summary>The nearest whole number, ties to even.</summary>
    [IntrinsicImplementation]
    public static float Round(float x) => MathF.Round(x, MidpointRounding.ToEven);

    /// <summary>sum + a0 b0 + a1 b1 + a2 b2 + a3 b3 of signed bytes.</summary>
    [IntrinsicImplementation]
    public static int Dot4(int a, int b, int sum) =>
        sum + (Byte(a, 0) * Byte(b, 0)) + (Byte(a, 1) * Byte(b, 1)) + (Byte(a, 2) * Byte(b, 2)) + (Byte(a, 3) * Byte(b, 3));

    /// <summary>
    /// sum + a b of a warp: a [16,32], b [32,8], int8; sum [16,8]. Thread 4 g + t has of a the words (rows g, g + 8, g, g + 8;
    /// fours t, t, t + 4, t + 4), of b (column g; fours t and t + 4), of the sum rows g, g, g + 8, g + 8, columns 2 t and
    /// 2 t + 1 in turn. Source: PTX ISA, mma.m16n8k32.
    /// </summary>
    [IntrinsicImplementation]
    public static Int4 MultiplyTiles(Int4 a, Int2 b, Int4 sum)
    {
        var (g, t) = (Warp.LaneIdx / 4, Warp.LaneIdx % 4);
        for (var i = 0; i < 4; i++)
        {
            // Whole structures: a shuffle is all that takes time here.
            var rows = Warp.Shuffle(a, (4 * g) + i);
            Int2 first = Warp.Shuffle(b, (8 * t) + i), second = Warp.Shuffle(b, (8 * t) + 4 + i);
            sum.X = Dot4(rows.Z, first.Y, Dot4(rows.X, first.X, sum.X));
            sum.Y = Dot4(rows.Z, second.Y, Dot4(rows.X, second.X, sum.Y));
            sum.Z = Dot4(rows.W, first.Y, Dot4(rows.Y, first.X, sum.Z));
            sum.W = Dot4(rows.W, second.Y, Dot4(rows.Y, second.X, sum.W));
        }

        return sum;
    }

    /// <summary>
    /// The same of half the depth: a [16,16], b [16,8]. The thread has of a the words (rows g, g + 8; fours t), of b (column
    /// g; four t). Source: PTX ISA, mma.m16n8k16.
    /// </summary>
    [IntrinsicImplementation]
    public static Int4 MultiplyHalfTiles(Int2 a, int b, Int4 sum)
    {
        var (g, t) = (Warp.LaneIdx / 4, Warp.LaneIdx % 4);
        for (var i = 0; i < 4; i++)
        {
            var rows = Warp.Shuffle(a, (4 * g) + i);
            int first = Warp.Shuffle(b, (8 * t) + i), second = Warp.Shuffle(b, (8 * t) + 4 + i);
            sum.X = Dot4(rows.X, first, sum.X);
            sum.Y = Dot4(rows.X, second, sum.Y);
            sum.Z = Dot4(rows.Y, first, sum.Z);
            sum.W = Dot4(rows.Y, second, sum.W);
        }

        return sum;
    }

    /// <summary>A word of four signed bytes.</summary>
    public static int Bytes(int a, int b, int c, int d) => (a & 255) | ((b & 255) << 8) | ((c & 255) << 16) | (d << 24);

    /// <summary>A signed byte of a word.</summary>
    [IntrinsicImplementation]
    public static int Byte(int word, int i) => word << (24 - (8 * i)) >> 24;

    /// <summary>Half a word, unsigned.</summary>
    public static int Half(int word, int i) => (word >> (16 * i)) & 0xFFFF;

    /// <summary>e^x, see docs/ARITHMETIC.md.</summary>
    public static float Exp(float x)
    {
        // Comparisons that NaN fails, so that it stays NaN.
        x = x > ExponentialSeries.Highest ? ExponentialSeries.Highest : x;
        x = x < ExponentialSeries.Lowest ? ExponentialSeries.Lowest : x;
        var n = Round(Multiply(x, ExponentialSeries.Log2E));
        var r = Fma(-n, ExponentialSeries.Ln2High, x);
        r = Fma(-n, ExponentialSeries.Ln2Low, r);
        var sum = ExponentialSeries.C7;
        sum = Fma(sum, r, ExponentialSeries.C6);
        sum = Fma(sum, r, ExponentialSeries.C5);
        sum = Fma(sum, r, ExponentialSeries.C4);
        sum = Fma(sum, r, ExponentialSeries.C3);
        sum = Fma(sum, r, ExponentialSeries.C2);
        sum = Fma(sum, r, ExponentialSeries.C1);
        sum = Fma(sum, r, ExponentialSeries.C0);
        var exponent = float.IsNaN(x) ? 0 : (int)n; // What a NaN converts to differs between devices.
        return Multiply(Multiply(sum, PowerOfTwo(exponent >> 1)), PowerOfTwo(exponent - (exponent >> 1)));
    }

    private static float PowerOfTwo(int exponent) => Interop.IntAsFloat((uint)(exponent + 127) << 23);
}
