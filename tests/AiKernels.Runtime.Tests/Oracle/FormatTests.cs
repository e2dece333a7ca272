using AiKernels.Formats;
using AiKernels.Tests;
using Xunit;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>Our formats are ggml's: the same layout, the same numbers, and quantizers no worse.</summary>
public class FormatTests(ITestOutputHelper output)
{
    private const int Count = 1 << 16;
    private const double Bound = 1.05;

    public static TheoryData<GgmlType> Formats => new(SupportedFormats.All.Select(format => format.Type));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Block_sizes_are_ggmls(GgmlType type)
    {
        var (name, length, bytes) = GgmlFormat.Describe(type);
        Assert.Equal(type.ToString(), name, ignoreCase: true);
        Assert.Equal(type.Block(), ((int)length, (int)bytes));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Random_bytes_dequantize_to_ggmls_bits(GgmlType type)
    {
        // Every kind of scale comes up: subnormal, infinite, NaN, negative.
        var stored = new byte[type.RowBytes(Count)];
        new Random(1).NextBytes(stored);
        Bits.AssertEqual(GgmlFormat.Dequantize(type, stored, Count), Dequantize(type, stored));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Blocks_that_ggml_quantized_dequantize_to_its_bits(GgmlType type)
    {
        var stored = GgmlFormat.Quantize(type, RandomNumbers.Normal(new Random(2), Count, 0.05f));
        Bits.AssertEqual(GgmlFormat.Dequantize(type, stored, Count), Dequantize(type, stored));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Our_quantizer_errs_no_more_than_ggmls(GgmlType type)
    {
        var values = RandomNumbers.Normal(new Random(3), Count);
        var stored = new byte[type.RowBytes(Count)];
        SupportedFormats.Get(type).Quantize(values, stored);
        var ours = SquaredError(values, Dequantize(type, stored));
        var theirs = SquaredError(values, Dequantize(type, GgmlFormat.Quantize(type, values)));
        output.WriteLine($"{type}: squared error {ours / Count:e3}, ggml's {theirs / Count:e3}");
        Assert.True(ours <= theirs * Bound, $"{type}: {ours} against ggml's {theirs}");
    }

    private static float[] Dequantize(GgmlType type, byte[] stored)
    {
        var values = new float[Count];
        SupportedFormats.Get(type).Dequantize(stored, values);
        return values;
    }

    private static double SquaredError(float[] values, float[] stored) =>
        values.Zip(stored, (a, b) => ((double)a - b) * ((double)a - b)).Sum();
}
