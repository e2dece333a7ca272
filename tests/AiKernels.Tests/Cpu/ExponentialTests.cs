using System.Runtime.Intrinsics;
using AiKernels.Cpu.Simd;
using AiKernels.Numerics;
using AiKernels.Reference;
using AiKernels.Tests.Cpu.Simd;
using Xunit;

namespace AiKernels.Tests.Cpu;

public class ExponentialTests
{
    [Fact]
    public void Every_instruction_set_gives_the_bits_of_the_definition()
    {
        foreach (var x in Arguments())
        {
            var expected = ReferenceArithmetic.Exp(x);
            Bits.AssertEqual([expected], [BitConverter.Int32BitsToSingle(Lanes<Scalar, int>.Exp(BitConverter.SingleToInt32Bits(x)))]);
            var four = Lanes<Neon<NeonModel>, Vector128<byte>>.Exp(Vector128.Create(x).AsByte());
            Bits.AssertEqual([expected], [four.AsSingle().GetElement(3)]);
            if (Avx2.IsSupported)
            {
                var lanes = Lanes<Avx2, Vector256<byte>>.Exp(Vector256.Create(x).AsByte());
                Bits.AssertEqual([expected], [lanes.AsSingle().GetElement(5)]);
            }

            if (Avx512.IsSupported)
            {
                var lanes = Lanes<Avx512, Vector512<byte>>.Exp(Vector512.Create(x).AsByte());
                Bits.AssertEqual([expected], [lanes.AsSingle().GetElement(11)]);
            }
        }
    }

    [Fact]
    public void It_errs_by_less_than_two_units_in_the_last_place()
    {
        foreach (var x in Arguments().Where(x => x is > -87 and < 88))
        {
            var exact = Elementary.Exp(x);
            var unit = Math.ScaleB(1, Math.ILogB(exact) - 23);
            Assert.True(Math.Abs(ReferenceArithmetic.Exp(x) - exact) < 2 * unit, $"exp({x:R})");
        }
    }

    [Theory]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(-104f, 0)]
    [InlineData(0f, 1)]
    [InlineData(89f, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void Its_ends_are_exact(float x, float expected) => Assert.Equal(expected, ReferenceArithmetic.Exp(x));

    private static IEnumerable<float> Arguments()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            yield return (float)((random.NextDouble() * 210) - 110);
        }

        foreach (var x in (float[])[0, -0f, 1, -1, 88.72f, 88.73f, -87.34f, -103.97f, -103.98f, 1e-30f, float.Epsilon,
            float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN])
        {
            yield return x;
        }
    }
}
