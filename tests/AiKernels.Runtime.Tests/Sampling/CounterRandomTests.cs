using AiKernels.Runtime.Sampling;
using Xunit;

namespace AiKernels.Runtime.Tests.Sampling;

public class CounterRandomTests
{
    /// <summary>Known answers of Philox4x32-10, published with Random123 (kat_vectors).</summary>
    [Fact]
    public void Zero_seed_and_position_give_the_published_answer() =>
        Assert.Equal((0x6627e8d5u, 0xe169c58du), CounterRandom.Philox(0, 0));

    [Fact]
    public void Numbers_are_uniform_and_depend_on_seed_and_position_alone()
    {
        var sum = 0.0;
        for (var position = 0ul; position < 100_000; position++)
        {
            var number = CounterRandom.Uniform(42, position);
            Assert.InRange(number, 0, 1 - (1.0 / (1ul << 53)));
            sum += number;
        }

        Assert.InRange(sum / 100_000, 0.497, 0.503); // Three standard errors of a uniform mean.
        Assert.Equal(CounterRandom.Uniform(7, 9), CounterRandom.Uniform(7, 9));
        Assert.NotEqual(CounterRandom.Uniform(7, 9), CounterRandom.Uniform(8, 9));
        Assert.NotEqual(CounterRandom.Uniform(7, 9), CounterRandom.Uniform(7, 9 + (1ul << 32)));
    }
}
