using AiKernels.Numerics;
using Xunit;

namespace AiKernels.Tests.Numerics;

/// <summary>
/// Against the platform's functions, which are right to about one unit in the last place, whatever their bits.
/// </summary>
public class ElementaryTests
{
    [Fact]
    public void Exp_and_log_err_by_as_little_as_they_say()
    {
        var random = new Random(1);
        for (var i = 0; i < 50_000; i++)
        {
            var x = (random.NextDouble() * 1400) - 700;
            AssertClose(Math.Exp(x), Elementary.Exp(x), 1e-15);
            var y = Math.Exp((random.NextDouble() * 100) - 50);
            AssertClose(Math.Log(y), Elementary.Log(y), 1e-15, absolute: 2e-16);
        }

        Assert.Equal(0, Elementary.Exp(-1000));
        Assert.Equal(double.PositiveInfinity, Elementary.Exp(1000));
        Assert.Equal(double.NaN, Elementary.Exp(double.NaN));
        Assert.Equal(1, Elementary.Exp(0));
        Assert.Equal(0, Elementary.Log(1));
        Assert.Equal(double.NegativeInfinity, Elementary.Log(0));
        Assert.Equal(double.PositiveInfinity, Elementary.Log(double.PositiveInfinity));
        Assert.Equal(double.NaN, Elementary.Log(-1));
        AssertClose(Math.Log(double.Epsilon), Elementary.Log(double.Epsilon), 1e-15);
        AssertClose(Math.Exp(-720), Elementary.Exp(-720), 1e-12); // Subnormal.
    }

    [Fact]
    public void Pow_gives_rope_frequencies_to_twelve_digits()
    {
        for (var i = 0; i < 64; i++)
        {
            AssertClose(Math.Pow(1e6, -2.0 * i / 128), Elementary.Pow(1e6, -2.0 * i / 128), 2e-14);
        }
    }

    [Fact]
    public void Sine_and_cosine_err_by_less_than_1e_15()
    {
        var random = new Random(2);
        for (var i = 0; i < 50_000; i++)
        {
            var x = ((random.NextDouble() * 2) - 1) * Math.Pow(10, random.Next(-3, 7));
            var (sin, cos) = Elementary.SinCos(x);
            AssertClose(Math.Sin(x), sin, 0, absolute: 1e-15);
            AssertClose(Math.Cos(x), cos, 0, absolute: 1e-15);
        }

        Assert.Equal((0, 1), Elementary.SinCos(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Elementary.SinCos(1e9));
        Assert.Throws<ArgumentOutOfRangeException>(() => Elementary.SinCos(double.NaN));
    }

    private static void AssertClose(double expected, double actual, double relative, double absolute = 0) =>
        Assert.True(
            Math.Abs(expected - actual) <= Math.Max(relative * Math.Abs(expected), absolute), $"{expected:R} {actual:R}");
}
