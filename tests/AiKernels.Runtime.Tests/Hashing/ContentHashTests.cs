using AiKernels.Runtime.Hashing;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Runtime.Tests.Hashing;

public class ContentHashTests
{
    [Fact]
    public void Every_single_bit_counts_and_so_does_the_length()
    {
        var seen = new HashSet<ulong>();
        foreach (var length in (int[])[0, 1, 7, 8, 63, 64, 65, 127, 128, 129, 300])
        {
            var bytes = new byte[length];
            Assert.True(seen.Add(ContentHash.Of(bytes)));
            for (var bit = 0; bit < 8 * length; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.True(seen.Add(ContentHash.Of(bytes)), $"bit {bit} of {length} bytes");
                bytes[bit / 8] = 0;
            }
        }
    }

    [Fact]
    public void Words_that_change_places_or_top_bits_that_change_together_are_noticed() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var random = new Random(seed);
            var bytes = new byte[random.Next(2, 100) * 8];
            random.NextBytes(bytes);
            var (one, other) = (random.Next(bytes.Length / 8) * 8, random.Next(bytes.Length / 8) * 8);
            var (swapped, flipped) = (bytes.ToArray(), bytes.ToArray());
            bytes.AsSpan(one, 8).CopyTo(swapped.AsSpan(other));
            bytes.AsSpan(other, 8).CopyTo(swapped.AsSpan(one));
            flipped[one + 7] ^= 0x80;
            flipped[other + 7] ^= 0x80;
            return one == other
                || (ContentHash.Of(bytes) != ContentHash.Of(swapped) && ContentHash.Of(bytes) != ContentHash.Of(flipped));
        }));

    [Fact]
    public void Vectors_change_nothing()
    {
        Assert.SkipUnless(ContentHash.HasVectors, "this processor has no products of 64 bits in vectors");
        var bytes = new byte[10_000];
        new Random(2).NextBytes(bytes);
        for (var length = 0; length < bytes.Length; length += 1 + (length / 7))
        {
            Assert.Equal(ContentHash.Of(bytes.AsSpan(0, length), inVectors: false), ContentHash.Of(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Kept_files_depend_on_these_values()
    {
        var bytes = new byte[1000];
        new Random(1).NextBytes(bytes);
        Assert.Equal(0x835D_007E_FA23_1324UL, ContentHash.Of([]));
        Assert.Equal(0x682D_F88F_3FB3_D3A3UL, ContentHash.Of(bytes));
    }
}
