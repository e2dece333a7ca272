namespace AiKernels.Numerics;

/// <summary>
/// Elementary functions made of IEEE 754 additions, multiplications, divisions and fused multiply-adds alone, so that
/// every platform gives the same bits. The platform's own differ in the last place from library to library.
/// </summary>
/// <remarks>
/// These are the double-precision ones, for tables and sampling; the float lanes of the kernels have their own
/// exponential. Each states its error against the exact value.
/// </remarks>
public static class Elementary
{
    // ln 2 and pi/2 split so that a multiple of the first part by a small integer is exact: the first parts end in
    // 20 or more zero bits, the later ones hold the rest.
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;
    private const double HalfPi1 = 1.57079632673412561417e+00;
    private const double HalfPi2 = 6.07710050630396597660e-11;
    private const double HalfPi3 = 2.02226624879595063154e-21;

    private static readonly double[] InverseFactorials =
    [
        1, 1, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800,
        1.0 / 39916800, 1.0 / 479001600,
    ];

    /// <summary>e^x, within 1e-15 relative. Below -745.2 zero, above 709.8 infinity.</summary>
    public static double Exp(double x)
    {
        if (!(x < 709.8))
        {
            return double.IsNaN(x) ? x : double.PositiveInfinity;
        }

        if (x < -745.2)
        {
            return 0;
        }

        // e^x = 2^n e^r with |r| <= ln 2 / 2; the Taylor series of e^r to r^13 errs by less than 5e-18.
        var n = Math.Round(x * 1.44269504088896340736, MidpointRounding.ToEven);
        var r = Math.FusedMultiplyAdd(n, -Ln2High, x);
        r = Math.FusedMultiplyAdd(n, -Ln2Low, r);
        var sum = 1.0 / 6227020800; // 1 / 13!
        for (var k = 12; k >= 0; k--)
        {
            sum = Math.FusedMultiplyAdd(sum, r, InverseFactorials[k]);
        }

        // In two factors, since 2^n alone can be subnormal or overflow where the product isn't.
        var half = (int)n / 2;
        return sum * PowerOfTwo(half) * PowerOfTwo((int)n - half);
    }

    /// <summary>The natural logarithm, within 1e-15 relative (1e-16 absolute near 1).</summary>
    public static double Log(double x)
    {
        if (!(x > 0) || double.IsPositiveInfinity(x))
        {
            return x == 0 ? double.NegativeInfinity : x > 0 ? x : double.NaN;
        }

        // x = 2^n m with m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh(s), s = (m - 1) / (m + 1), |s| < 0.172, whose odd
        // series to s^23 errs by less than 2e-20.
        var n = Math.ILogB(x);
        var m = Math.ScaleB(x, -n);
        if (m >= 1.41421356237309504880)
        {
            m *= 0.5;
            n++;
        }

        var s = (m - 1) / (m + 1);
        var square = s * s;
        var sum = 1.0 / 23;
        for (var k = 21; k >= 1; k -= 2)
        {
            sum = Math.FusedMultiplyAdd(sum, square, 1.0 / k);
        }

        return Math.FusedMultiplyAdd(n, Ln2High, Math.FusedMultiplyAdd(n, Ln2Low, 2 * s * sum));
    }

    /// <summary>x^y for x &gt; 0 as e^(y ln x): within 1e-15 (1 + |y ln x|) relative.</summary>
    public static double Pow(double x, double y) => Exp(y * Log(x));

    /// <summary>Sine and cosine of x radians, within 1e-15 absolute for |x| up to 2^26.</summary>
    /// <exception cref="ArgumentOutOfRangeException">|x| is larger than 2^26, where the reduction loses its accuracy.</exception>
    public static (double Sin, double Cos) SinCos(double x)
    {
        if (!(Math.Abs(x) <= 1 << 26))
        {
            throw new ArgumentOutOfRangeException(nameof(x), x, "an angle must be at most 2^26 radians");
        }

        // x = n pi/2 + r with |r| <= pi/4.
        var n = Math.Round(x * 0.63661977236758134308, MidpointRounding.ToEven);
        var r = Math.FusedMultiplyAdd(n, -HalfPi1, x);
        r = Math.FusedMultiplyAdd(n, -HalfPi2, r);
        r = Math.FusedMultiplyAdd(n, -HalfPi3, r);

        // Taylor series to r^17 and r^18: the first terms left out are below 1e-19.
        var square = r * r;
        double sin = 1, cos = 1;
        for (var k = 17; k >= 3; k -= 2)
        {
            sin = Math.FusedMultiplyAdd(sin, -square / (k * (k - 1)), 1.0);
        }

        for (var k = 18; k >= 2; k -= 2)
        {
            cos = Math.FusedMultiplyAdd(cos, -square / (k * (k - 1)), 1.0);
        }

        sin *= r;
        return ((long)n & 3) switch
        {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        };
    }

    private static double PowerOfTwo(int exponent) => BitConverter.Int64BitsToDouble((long)(exponent + 1023) << 52);
}
