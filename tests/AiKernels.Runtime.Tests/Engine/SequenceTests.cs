using AiKernels.Runtime.Engine;
using AiKernels.Tests;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

public class SequenceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(512)]
    public void However_a_prompt_is_cut_the_logits_have_the_same_bits(int chunk)
    {
        var tokens = TinyModel.Tokens(seed: 1, count: 150);
        using var whole = new TinyModel(new ModelOptions());
        using var cut = new TinyModel(new ModelOptions { PrefillChunk = chunk });
        Bits.AssertEqual(whole.Logits(tokens), cut.Logits(tokens));

        using var sequence = whole.Model.CreateSequence();
        var logits = new float[TinyModel.Vocabulary];
        foreach (var part in tokens.Chunk(chunk))
        {
            sequence.Append(part, logits);
        }

        Bits.AssertEqual(whole.Logits(tokens), logits);
    }

    [Fact]
    public void Logits_of_every_position_are_those_of_the_prompt_up_to_it()
    {
        using var tiny = new TinyModel(new ModelOptions());
        var tokens = TinyModel.Tokens(seed: 2, count: 80);
        var all = new List<float[]>();
        using var sequence = tiny.Model.CreateSequence();
        sequence.AppendReadingAll(tokens, (position, logits) =>
        {
            Assert.Equal(all.Count, position);
            all.Add(logits.ToArray());
        });

        Assert.Equal(80, all.Count);
        foreach (var last in (int[])[0, 1, 63, 64, 79])
        {
            Bits.AssertEqual(tiny.Logits(tokens[..(last + 1)]), all[last]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(512)]
    public void Hidden_states_have_the_same_bits_however_the_text_is_cut_and_whoever_runs_beside_it(int chunk)
    {
        var tokens = TinyModel.Tokens(seed: 6, count: 100);
        using var whole = new TinyModel(new ModelOptions());
        var expected = Hidden(whole, tokens);
        Assert.Equal((100, 256), (expected.Count, expected[0].Length));

        using var cut = new TinyModel(new ModelOptions { PrefillChunk = chunk, CacheLength = 1024 });
        var busy = cut.Engine.Submit(TinyModel.Tokens(seed: 7, count: 90), new GenerationOptions { MaxTokens = 50 }, TestContext.Current.CancellationToken);
        var states = Hidden(cut, tokens);
        busy.Cancel();
        for (var i = 0; i < tokens.Length; i++)
        {
            Bits.AssertEqual(expected[i], states[i]);
        }

        // Logits and hidden states of a sequence may take turns; neither disturbs the other.
        using var sequence = cut.Model.CreateSequence();
        var logits = new float[TinyModel.Vocabulary];
        sequence.Append(tokens[..40], logits);
        sequence.AppendReadingHidden(tokens.AsSpan(40, 50), (position, hidden) => Bits.AssertEqual(expected[position], hidden.ToArray()), TestContext.Current.CancellationToken);
        sequence.Append(tokens[90..], logits);
        Bits.AssertEqual(whole.Logits(tokens), logits);

        static List<float[]> Hidden(TinyModel tiny, int[] tokens)
        {
            var states = new List<float[]>();
            using var sequence = tiny.Model.CreateSequence();
            sequence.AppendReadingHidden(tokens, (position, hidden) =>
            {
                Assert.Equal(states.Count, position);
                states.Add(hidden.ToArray());
            });
            return states;
        }
    }

    [Fact]
    public void A_truncated_sequence_continues_as_if_the_rest_had_never_been()
    {
        using var tiny = new TinyModel(new ModelOptions());
        var tokens = TinyModel.Tokens(seed: 3, count: 140);
        var logits = new float[TinyModel.Vocabulary];
        using var sequence = tiny.Model.CreateSequence();
        sequence.Append(tokens, logits);
        sequence.Truncate(70);
        Assert.Equal(tokens[..70], sequence.Tokens.ToArray());
        sequence.Append([5, 6], logits);
        Bits.AssertEqual(tiny.Logits([.. tokens[..70], 5, 6]), logits);
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Truncate(73));
    }

    [Fact]
    public void A_sequence_that_would_not_fit_is_refused_and_left_as_it_was()
    {
        using var tiny = new TinyModel(new ModelOptions { ContextLength = 100, CacheLength = 128 });
        var logits = new float[TinyModel.Vocabulary];
        using var first = tiny.Model.CreateSequence();
        first.Append(TinyModel.Tokens(seed: 4, count: 60), logits);
        var tooLong = Assert.Throws<ContextFullException>(() => first.Append(new int[41], logits));
        Assert.Contains("101 tokens", tooLong.Message, StringComparison.Ordinal);
        Assert.Equal((60, 40), (first.Tokens.Length, first.Remaining));

        using var second = tiny.Model.CreateSequence();
        Assert.Throws<ContextFullException>(() => second.Append(new int[65], logits)); // One page is left.
        second.Append(new int[64], logits);
        second.Dispose();
        first.Append(new int[40], logits);
    }

    [Fact]
    public void Cancellation_takes_effect_between_layers_and_the_sequence_goes_on()
    {
        using var tiny = new TinyModel(new ModelOptions());
        var tokens = TinyModel.Tokens(seed: 5, count: 20);
        var logits = new float[TinyModel.Vocabulary];
        using var sequence = tiny.Model.CreateSequence();
        sequence.Append(tokens[..10], logits);
        Assert.Throws<OperationCanceledException>(() => sequence.Append(tokens[10..], logits, new CancellationToken(true)));
        Assert.Equal(10, sequence.Tokens.Length);
        sequence.Append(tokens[10..], logits);
        Bits.AssertEqual(tiny.Logits(tokens), logits);
    }

    [Fact]
    public void Sequences_of_several_threads_do_not_disturb_each_other()
    {
        using var tiny = new TinyModel(new ModelOptions { CacheLength = 2048 });
        var expected = Enumerable.Range(0, 8).Select(seed => tiny.Logits(TinyModel.Tokens(seed, 40))).ToArray();
        Parallel.For(0, 8, seed =>
        {
            using var sequence = tiny.Model.CreateSequence();
            var logits = new float[TinyModel.Vocabulary];
            foreach (var token in TinyModel.Tokens(seed, 40))
            {
                sequence.Append([token], logits);
            }

            Bits.AssertEqual(expected[seed], logits);
        });
    }

    [Fact]
    public void Wrong_tokens_or_logits_are_refused_before_anything_is_appended()
    {
        using var tiny = new TinyModel(new ModelOptions { PrefillChunk = 8 });
        using var sequence = tiny.Model.CreateSequence();
        var logits = new float[TinyModel.Vocabulary];
        foreach (var wrong in (int[])[-1, TinyModel.Vocabulary, int.MaxValue])
        {
            int[] tokens = [.. new int[30], wrong];
            Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Append(tokens, logits));
            Assert.Throws<ArgumentOutOfRangeException>(() => sequence.AppendReadingAll(tokens, (_, _) => { }));
        }

        Assert.Throws<ArgumentException>(() => sequence.Append(new int[30], new float[TinyModel.Vocabulary - 1]));
        Assert.Throws<ArgumentException>(() => sequence.Append(new int[30], new float[TinyModel.Vocabulary + 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Append([], logits));
        Assert.Equal(0, sequence.Tokens.Length);
    }

    [Fact]
    public void A_disposed_sequence_takes_no_pages()
    {
        using var tiny = new TinyModel(new ModelOptions { ContextLength = 64 });
        var logits = new float[TinyModel.Vocabulary];
        var first = tiny.Model.CreateSequence();
        first.Append([1], logits);
        first.Dispose();
        first.Dispose();
        Assert.Throws<ObjectDisposedException>(() => first.Append([1], logits));
        Assert.Throws<ObjectDisposedException>(() => first.Truncate(0));

        using var second = tiny.Model.CreateSequence();
        second.Append([1], logits); // Needs the only page.
    }

    [Fact]
    public void A_sequence_outlives_its_model_without_harm()
    {
        var tiny = new TinyModel(new ModelOptions());
        var logits = new float[TinyModel.Vocabulary];
        var sequence = tiny.Model.CreateSequence();
        sequence.Append([1], logits);
        tiny.Dispose();
        Assert.Throws<ObjectDisposedException>(() => sequence.Append([1], logits));
        sequence.Dispose();
    }

    [Fact]
    public void A_context_whose_angles_cannot_be_computed_is_refused()
    {
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(
            () => new TinyModel(new ModelOptions { ContextLength = (1 << 24) + 1 }));
        Assert.Contains("a context of 16777217 tokens is longer", refusal.Message, StringComparison.Ordinal);
    }
}
