using Xunit;

namespace AiKernels.Tests;

public class RankedValueTests
{
    private static readonly float[] Special =
        [0, -0f, 1, -1, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, -float.NaN];

    [Fact]
    public void A_number_and_its_place_come_back()
    {
        var random = new Random(1);
        foreach (var value in Numbers(random, 10_000))
        {
            var place = random.Next(3) == 0 ? int.MaxValue : random.Next();
            var ranked = new RankedValue(value, place);
            Assert.Equal(place, ranked.Index);
            Assert.Equal(BitConverter.SingleToInt32Bits(Counted(value)), BitConverter.SingleToInt32Bits(ranked.Value));
            Assert.Equal(ranked.Key, RankedValue.KeyOf(value, place));
        }
    }

    [Fact]
    public void The_order_is_that_of_the_numbers_then_of_the_places()
    {
        float[] values = [float.NaN, -0f, float.PositiveInfinity, 0, -1, float.NegativeInfinity, 2, -0f, -float.NaN, 2, float.Epsilon, -float.Epsilon];
        var order = values.Select((value, place) => new RankedValue(value, place)).OrderBy(ranked => ranked.Key);
        Assert.Equal([2, 6, 9, 10, 1, 3, 7, 11, 4, 0, 5, 8], order.Select(ranked => ranked.Index));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(500)]
    [InlineData(999)]
    [InlineData(1000)]
    public void The_largest_are_the_first_of_all(int count)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            // Of few distinct numbers in every second trial, so that places decide.
            var random = new Random(seed);
            var values = Numbers(random, 1000).Select(value => seed % 2 == 0 ? value : float.IsNaN(value) ? value : Math.Sign(value)).ToArray();
            var expected = values.Select((value, place) => (Value: Counted(value), Place: place))
                .OrderByDescending(one => one.Value).ThenBy(one => one.Place).Take(count).Select(one => one.Place);
            var largest = new RankedValue[count];
            RankedValue.Largest(values, largest);
            Assert.Equal(expected, largest.Select(ranked => ranked.Index));
        }
    }

    [Fact]
    public void No_more_are_the_largest_than_there_are()
    {
        RankedValue.Largest([1, 2], []);
        Assert.Throws<ArgumentException>(() => RankedValue.Largest([1, 2], new RankedValue[3]));
    }

    /// <summary>What a number counts as.</summary>
    private static float Counted(float value) => float.IsNaN(value) ? float.NegativeInfinity : value == 0 ? 0 : value;

    /// <summary>All kinds of bits, special numbers among them.</summary>
    private static IEnumerable<float> Numbers(Random random, int count) => Enumerable.Range(0, count).Select(i =>
        i % 10 == 0 ? Special[random.Next(Special.Length)] : BitConverter.Int32BitsToSingle((int)random.NextInt64(int.MinValue, 1L + int.MaxValue)));
}
