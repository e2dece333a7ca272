using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Formats;

/// <summary>Against .NET's own <see cref="Half"/>: slow, but right.</summary>
public class HalfBitsTests
{
    [Fact]
    public void All_65536_numbers_widen_exactly_and_round_trip()
    {
        for (var bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var half = BitConverter.UInt16BitsToHalf((ushort)bits);
            Bits.AssertEqual([(float)half], [HalfBits.ToFloat((ushort)bits)]);
            if (!Half.IsNaN(half))
            {
                Assert.Equal((ushort)bits, HalfBits.FromFloat((float)half));
            }
        }

        Assert.True(Half.IsNaN(BitConverter.UInt16BitsToHalf(HalfBits.FromFloat(float.NaN))));
    }

    [Fact]
    public void Floats_round_to_the_nearest_ties_to_even()
    {
        var random = new Random(1);
        for (var i = 0; i < 1_000_000; i++)
        {
            var value = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            if (!float.IsNaN(value))
            {
                Assert.Equal(BitConverter.HalfToUInt16Bits((Half)value), HalfBits.FromFloat(value));
            }
        }

        // Every midpoint between two neighbours.
        for (var bits = 0; bits < 0x7C00; bits++)
        {
            var middle = (HalfBits.ToFloat((ushort)bits) + HalfBits.ToFloat((ushort)(bits + 1))) / 2;
            if (float.IsFinite(middle))
            {
                Assert.Equal(BitConverter.HalfToUInt16Bits((Half)middle), HalfBits.FromFloat(middle));
            }
        }
    }
}
