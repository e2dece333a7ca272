using AiKernels.Cache;
using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Tests.Engine;
using Xunit;

namespace AiKernels.Runtime.Tests.Models;

/// <summary>What speeds are divided by, against sums by hand for the tiny model.</summary>
public class DecoderWorkTests
{
    // Width 256, four heads and two of keys and values of 64, feed-forward 512: queries, keys, values, output; gate, up, down.
    private const long Layer = (256 * 256) + (2 * 256 * 128) + (256 * 256) + (3 * 256 * 512);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Multiply_adds_are_those_of_the_matrices(bool isTied)
    {
        var work = Work(isTied, GgmlType.F32, GgmlType.F32, out var all);
        Assert.Equal(3 * Layer, work.LayerMultiplyAdds);
        Assert.Equal(300 * 256, work.OutputMultiplyAdds);

        // Sixteen rows to a panel, so that the vocabulary's 300 take the place of 304.
        Assert.Equal(sizeof(float) * ((3 * Layer) + (304 * 256)), work.WeightBytes);
        Assert.Equal(isTied ? 0 : sizeof(float) * 304 * 256, all - work.WeightBytes); // A table that is only looked up.
    }

    [Theory]
    [InlineData(GgmlType.F32, 4)]
    [InlineData(GgmlType.F16, 2)]
    public void Keys_and_values_count_as_they_are_stored(GgmlType type, int bytes) =>
        Assert.Equal(3 * 2 * 2 * 64 * bytes, Work(isTied: true, GgmlType.Q8_0, type, out _).KeyValueBytes);

    [Fact]
    public void A_step_reads_weights_once_and_each_sequences_keys_and_values()
    {
        var work = new DecoderWork(WeightBytes: 1000, LayerMultiplyAdds: 70, OutputMultiplyAdds: 30, KeyValueBytes: 8);
        Assert.Equal(1000 + (5 * 8), work.DecodeBytes(5));
        Assert.Equal(1000 + (3 * 5.5 * 8), work.DecodeBytes(5.5, sequences: 3));
        Assert.Equal(2 * 100, work.DecodeOperations());
        Assert.Equal(2 * 3 * 100, work.DecodeOperations(sequences: 3));
        Assert.Equal(2 * ((10 * 70) + 30), work.PrefillOperations(10)); // The last token's logits alone.
    }

    [Fact]
    public void Tokens_attend_to_themselves_and_to_those_before()
    {
        Assert.Equal(101, DecoderWork.MeanPositions(100, 1));
        Assert.Equal((101 + 102 + 103 + 104) / 4.0, DecoderWork.MeanPositions(100, 4));
    }

    [Fact]
    public void A_model_tells_its_work()
    {
        using var tiny = new TinyModel(new ModelOptions { KeyValueType = GgmlType.F16 });
        Assert.Equal(tiny.Model.Decoder.Work(new KeyValueShape(2, 2, 64, GgmlType.F16)), tiny.Model.Work);
    }

    private static DecoderWork Work(bool isTied, GgmlType weights, GgmlType keysAndValues, out long allWeights)
    {
        var spec = TinyModel.Spec(layers: 3);
        var source = new RandomTensorSource(new ModelShape(spec, isTied), QuantizationRecipe.Parse($"{weights}"));
        using var backend = new CpuBackend(1);
        using var decoder = new Decoder(backend, spec, source, maxTokens: 1);
        allWeights = decoder.WeightBytes;
        return decoder.Work(new KeyValueShape(spec.Layers, spec.KeyValueHeads, spec.HeadLength, keysAndValues));
    }
}
