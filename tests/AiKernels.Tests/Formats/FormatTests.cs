using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Formats;

public class FormatTests
{
    public static TheoryData<GgmlType> Types => new(SupportedFormats.All.Select(format => format.Type));

    [Theory]
    [MemberData(nameof(Types))]
    public void A_block_has_the_size_that_files_give_it(GgmlType type) =>
        Assert.Equal(type.Block(), SupportedFormats.Get(type).Visit<SizeOf, (int, int)>(default));

    [Theory]
    [MemberData(nameof(Types))]
    public void Quantizing_what_was_dequantized_changes_little(GgmlType type)
    {
        var format = SupportedFormats.Get(type);
        var values = RandomNumbers.Normal(new Random(1), 4096);
        var stored = new byte[type.RowBytes(values.Length)];
        format.Quantize(values, stored);
        var once = new float[values.Length];
        format.Dequantize(stored, once);

        // Four bits leave about a twelfth of the deviation as error; the others less.
        var error = Math.Sqrt(values.Zip(once, (x, y) => ((double)x - y) * (x - y)).Average());
        Assert.InRange(error, 0, 0.1);

        format.Quantize(once, stored);
        var twice = new float[values.Length];
        format.Dequantize(stored, twice);
        var drift = Math.Sqrt(once.Zip(twice, (x, y) => ((double)x - y) * (x - y)).Average());
        Assert.InRange(drift, 0, error / 2);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Zeros_tiny_and_huge_values_quantize_to_something_finite(GgmlType type)
    {
        var format = SupportedFormats.Get(type);
        foreach (var value in (float[])[0, -0f, float.Epsilon, -1e-38f, 1e-20f, 60000])
        {
            var values = new float[256];
            Array.Fill(values, value);
            var stored = new byte[type.RowBytes(256)];
            format.Quantize(values, stored);
            format.Dequantize(stored, values);
            Assert.All(values, x => Assert.InRange(x, -65000, 65000));
        }
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        var format = SupportedFormats.Get(GgmlType.Q4_K);
        Assert.Throws<ArgumentException>(() => format.Quantize(new float[255], new byte[144]));
        Assert.Throws<ArgumentException>(() => format.Quantize(new float[256], new byte[143]));
        Assert.Throws<ArgumentException>(() => format.Dequantize(new byte[144], new float[512]));
        Assert.Throws<NotSupportedException>(() => SupportedFormats.Get(GgmlType.IQ2_S));
        Assert.Throws<ArgumentOutOfRangeException>(() => ((GgmlType)4).Block());
        Assert.Throws<OverflowException>(() => GgmlType.F32.RowBytes(long.MaxValue / 2));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Factors_have_the_bits_that_they_say(GgmlType type) => SupportedFormats.Get(type).Visit<CheckFactors, bool>(default);

    private readonly struct CheckFactors : IFormatVisitor<bool>
    {
        public bool VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock>
        {
            var (least, most) = TBlock.FactorBits == 8 ? (-128, 127) : (0, (1 << TBlock.FactorBits) - 1);
            var bytes = new byte[1000 * Unsafe.SizeOf<TBlock>()];
            new Random(1).NextBytes(bytes);
            foreach (var block in MemoryMarshal.Cast<byte, TBlock>(bytes))
            {
                for (var group = 0; group < TBlock.Length / TBlock.GroupLength; group++)
                {
                    Assert.InRange(TBlock.GroupScale(block, group), least, most);
                }
            }

            return true;
        }

        public bool VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement> => true;
    }

    private readonly struct SizeOf : IFormatVisitor<(int Elements, int Bytes)>
    {
        public (int Elements, int Bytes) VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock> => (TBlock.Length, Unsafe.SizeOf<TBlock>());

        public (int Elements, int Bytes) VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement> => (1, Unsafe.SizeOf<TElement>());
    }
}
