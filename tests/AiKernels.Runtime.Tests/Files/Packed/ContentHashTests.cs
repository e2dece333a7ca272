using AiKernels.Runtime.Files.Packed;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Runtime.Tests.Files.Packed;

public class ContentHashTests
{
    [Fact]
    public void Every_single_bit_counts_and_so_does_the_length()
    {
        var seen = new HashSet<ulong>();
        foreach (var length in (int[])[0, 1, 7, 8, 63, 64, 65, 200])
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
    public void Kept_files_depend_on_these_values()
    {
        var bytes = new byte[1000];
        new Random(1).NextBytes(bytes);
        Assert.Equal(0x7DC8_8D08_3F00_4E30UL, ContentHash.Of([]));
        Assert.Equal(0x6506_3439_2254_434EUL, ContentHash.Of(bytes));
    }
}
