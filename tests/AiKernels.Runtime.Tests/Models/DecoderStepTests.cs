using AiKernels.Cache;
using AiKernels.Cpu;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Tests.Engine;
using Xunit;

namespace AiKernels.Runtime.Tests.Models;

public class DecoderStepTests
{
    private const int Layers = 3;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(2, 2)]
    [InlineData(Layers, 1)]
    public void Who_is_withdrawn_between_layers_disturbs_nobody(int layer, int number)
    {
        var (expected, _) = Run(layer: -1, number);
        var (actual, step) = Run(layer, number);
        for (var i = 0; i < 3; i++)
        {
            var isGone = i == number && layer < Layers;
            Assert.Equal(isGone, step.FirstOutput(i) is null);
            Assert.Equal(isGone ? [] : expected[i], actual[i]);
        }
    }

    [Fact]
    public void A_step_that_everybody_leaves_ends()
    {
        using var backend = new CpuBackend(1);
        using var decoder = Decoder(backend);
        using var cache = backend.AllocateCache(Shape, 1);
        var (table, step) = (Table(new PagePool(1), 5), new DecoderStep());
        step.Add(table, 0, [1, 2, 3, 4, 5], outputs: 1);
        var layers = 0;
        step.BetweenLayers = () =>
        {
            layers++;
            step.Withdraw(0);
        };
        decoder.Run(step, cache, TestContext.Current.CancellationToken);
        Assert.Equal((1, 0, 0), (layers, step.Outputs.Length, step.Batch.Count));
    }

    private static KeyValueShape Shape => new(Layers, 2, 64);

    private static Decoder Decoder(IBackend backend) => new(
        backend,
        TinyModel.Spec(Layers),
        new RandomTensorSource(new ModelShape(TinyModel.Spec(Layers), IsTied: true), QuantizationRecipe.Parse("Q8_0")),
        maxTokens: 20);

    private static BlockTable Table(PagePool pool, int positions)
    {
        var table = new BlockTable(pool, Shape.PageLength);
        Assert.True(table.TryReserve(positions));
        return table;
    }

    /// <summary>The logits of three sequences, of which one leaves before a layer; none are left of that one.</summary>
    private static (float[][] Logits, DecoderStep Step) Run(int layer, int number)
    {
        using var backend = new CpuBackend(1);
        using var decoder = Decoder(backend);
        using var cache = backend.AllocateCache(Shape, 3);
        var (pool, step, layers) = (new PagePool(3), new DecoderStep(), 0);
        step.Add(Table(pool, 4), 0, [1, 2, 3, 4], outputs: 2);
        step.Add(Table(pool, 1), 0, [5], outputs: 1);
        step.Add(Table(pool, 3), 0, [6, 7, 8], outputs: 1);
        step.BetweenLayers = () =>
        {
            if (layers++ == layer)
            {
                step.Withdraw(number);
            }
        };
        decoder.Run(step, cache, TestContext.Current.CancellationToken);
        var outputs = new[] { 2, 1, 1 };
        return ([.. outputs.Select((count, i) => step.FirstOutput(i) is { } first ? Read(decoder, first, count) : [])], step);
    }

    private static float[] Read(Decoder decoder, int first, int count)
    {
        var logits = new float[count * TinyModel.Vocabulary];
        decoder.ReadLogits(first, logits);
        return logits;
    }
}
