namespace AiKernels.Numerics;

/// <summary>
/// What e^x is made of, see docs/ARITHMETIC.md: x = n ln 2 + r, and e^r by its Taylor series to r^7 (error below 6e-9, so
/// 1 ulp in all), times 2^n.
/// </summary>
internal static class ExponentialSeries
{
    /// <summary>Beyond these the result is infinity and zero anyway, and n would leave its range.</summary>
    public const float Highest = 89, Lowest = -104;

    /// <summary>1 / ln 2.</summary>
    public const float Log2E = 1.44269504f;

    /// <summary>ln 2 in two parts; the first has 9 bits, so that its multiples are exact.</summary>
    public const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    /// <summary>The series' coefficients, 1 / k!, from that of r^7 down to that of r^0.</summary>
    public const float C7 = 1f / 5040, C6 = 1f / 720, C5 = 1f / 120, C4 = 1f / 24, C3 = 1f / 6, C2 = 0.5f, C1 = 1, C0 = 1;
}
