using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Tests;
using AiKernels.Tests.Shared;
using Microsoft.Extensions.AI;
using Xunit;

namespace AiKernels.Hosting.Tests.Embeddings;

public class EmbeddingTests(DemoModel demo) : IClassFixture<DemoModel>
{
    private static readonly string[] Texts = ["ROMEO:", "O happy dagger!", string.Concat(Enumerable.Repeat("Now is the winter of our discontent. ", 9))];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(EmbeddingPooling.Mean)]
    [InlineData(EmbeddingPooling.Last)]
    public async Task A_vector_has_the_same_bits_alone_together_and_in_pieces(EmbeddingPooling pooling)
    {
        using var generator = new AiKernelsEmbeddingGenerator(demo.Model, new EmbeddingGeneratorOptions { Pooling = pooling });
        var together = await generator.GenerateAsync(Texts, cancellationToken: TestEnds);
        var busy = demo.Client.GetResponseAsync("a", new ChatOptions { MaxOutputTokens = 60 }, TestEnds);
        var alone = await Task.WhenAll(Texts.Select(text => generator.GenerateVectorAsync(text, cancellationToken: TestEnds)));
        await busy;

        using var backend = new CpuBackend(1);
        using var model = LanguageModel.Load(Repository.Path(DemoModel.Path), backend, new ModelOptions { PrefillChunk = 7 });
        using var other = new AiKernelsEmbeddingGenerator(model, new EmbeddingGeneratorOptions { Pooling = pooling });
        var pieces = await other.GenerateAsync(Texts, cancellationToken: TestEnds);
        for (var i = 0; i < Texts.Length; i++)
        {
            Bits.AssertEqual(together[i].Vector.ToArray(), alone[i].ToArray());
            Bits.AssertEqual(together[i].Vector.ToArray(), pieces[i].Vector.ToArray());
        }

        Assert.Equal(Texts.Sum(text => demo.Model.Tokenizer.EncodeWithSpecial(text).Length), together.Usage!.InputTokenCount);
    }

    [Fact]
    public async Task Vectors_are_pooled_and_normalized_as_asked()
    {
        using var generator = new AiKernelsEmbeddingGenerator(demo.Model);
        var width = generator.GetRequiredService<EmbeddingGeneratorMetadata>().DefaultModelDimensions!.Value;
        var states = new List<float[]>();
        using (var sequence = demo.Model.CreateSequence())
        {
            sequence.AppendReadingHidden(demo.Model.Tokenizer.EncodeWithSpecial(Texts[1]), (_, hidden) => states.Add(hidden.ToArray()), TestEnds);
        }

        var last = await Vector(new() { ["pooling"] = "last", ["normalize"] = false });
        Bits.AssertEqual(states[^1], last);
        var mean = await Vector(new() { ["normalize"] = false });
        Bits.AssertEqual([.. Enumerable.Range(0, width).Select(i => (float)(states.Aggregate(0.0, (sum, state) => sum + state[i]) / states.Count))], mean);
        var unit = await Vector([]);
        Assert.Equal(1, unit.Sum(x => (double)x * x), 1e-6);
        Assert.Equal(1, unit.Zip(mean, (a, b) => (double)a * b).Sum() / Math.Sqrt(mean.Sum(x => (double)x * x)), 1e-6);

        async Task<float[]> Vector(AdditionalPropertiesDictionary properties) => (await generator.GenerateVectorAsync(
            Texts[1], new EmbeddingGenerationOptions { AdditionalProperties = properties, Dimensions = width }, TestEnds)).ToArray();
    }

    [Fact]
    public async Task A_raw_representation_says_how()
    {
        using var generator = new AiKernelsEmbeddingGenerator(demo.Model);
        var raw = new EmbeddingGenerationOptions { RawRepresentationFactory = _ => new EmbeddingGeneratorOptions { Pooling = EmbeddingPooling.Last, Normalizes = false } };
        var named = new EmbeddingGenerationOptions { AdditionalProperties = new() { ["pooling"] = "last", ["normalize"] = false } };
        var expected = (await generator.GenerateVectorAsync(Texts[1], named, TestEnds)).ToArray();
        var vector = (await generator.GenerateVectorAsync(Texts[1], raw, TestEnds)).ToArray();
        Bits.AssertEqual(expected, vector);
    }

    [Fact]
    public async Task A_generator_that_is_disposed_gives_up_the_texts_to_come()
    {
        var generator = new AiKernelsEmbeddingGenerator(demo.Model);
        var made = generator.GenerateAsync(Enumerable.Repeat(Texts[2], 200), cancellationToken: TestEnds);
        generator.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => made);
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_a_sentence()
    {
        using var generator = new AiKernelsEmbeddingGenerator(demo.Model);
        (EmbeddingGenerationOptions Options, string Sentence)[] refused =
        [
            (new() { Dimensions = 3 }, "the request asks for 3"),
            (new() { ModelId = "another" }, "the request asks for another"),
            (new() { AdditionalProperties = new() { ["pool"] = 1 } }, "there is no option pool"),
            (new() { AdditionalProperties = new() { ["pooling"] = "max" } }, "the option pooling must be mean or last"),
            (new() { RawRepresentationFactory = _ => "raw" }, "the RawRepresentationFactory gave a String, and this generator takes EmbeddingGeneratorOptions"),
        ];
        foreach (var (options, sentence) in refused)
        {
            var refusal = await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(["a"], options, TestEnds));
            Assert.Contains(sentence, refusal.Message, StringComparison.Ordinal);
        }

        var empty = await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(["a", ""], cancellationToken: TestEnds));
        Assert.Contains("text 1 is empty", empty.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ContextFullException>(() => generator.GenerateAsync([new string('a', 5000)], cancellationToken: TestEnds));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => generator.GenerateAsync(["a"], cancellationToken: new CancellationToken(true)));
        Assert.NotEmpty(await generator.GenerateAsync(["a"], cancellationToken: TestEnds)); // Neither kept its turn.
        Assert.Same(demo.Model, generator.GetService<LanguageModel>());
        generator.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => generator.GenerateAsync(["a"], cancellationToken: TestEnds));
    }
}
