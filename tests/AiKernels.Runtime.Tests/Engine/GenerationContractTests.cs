using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Sampling;
using AiKernels.Runtime.Tests.Text;
using AiKernels.Runtime.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

/// <summary>What hosts may rely on, on a model that says anything.</summary>
public class GenerationContractTests
{
    private static readonly SamplingOptions Anything = new() { Temperature = 100, TopK = 0, TopP = 1, MinP = 0 };
    private static readonly Tokenizer Tokens = Tokenizer.Create(TinyVocabulary.SentencePiece);

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_chosen_token_comes_once_and_their_texts_are_the_whole()
    {
        using var tiny = new TinyModel(new ModelOptions(), tokenizer: Tokens);
        for (var seed = 0ul; seed < 20; seed++)
        {
            var options = new GenerationOptions
            {
                MaxTokens = 20,
                IgnoreEnd = true,
                Sampling = Anything with { Seed = seed },
                StopStrings = ["abababababababab"], // Holds text back that ends in a, b or ab.
            };
            var generation = tiny.Engine.Submit("a", options);
            var items = await generation.ToListAsync(TestEnds);

            Assert.Equal((20, FinishReason.Length), (items.Count, generation.FinishReason));
            var whole = Tokens.Decode([1, .. Tokens.Encode("a"), .. items.Select(item => item.Id)]);
            Assert.Equal(whole, "a" + string.Concat(items.Select(item => item.Text)));
        }
    }

    [Fact]
    public async Task The_token_that_ends_it_is_the_last_item_and_brings_what_was_held_back()
    {
        using var open = new TinyModel(new ModelOptions(), tokenizer: Tokens);
        var options = new GenerationOptions { MaxTokens = 20, IgnoreEnd = true, Sampling = Anything };
        var free = await open.Engine.Submit("a", options).ToListAsync(TestEnds);
        var end = free[5].Id;
        Assert.DoesNotContain(end, free.Take(5).Select(item => item.Id));

        using var tiny = new TinyModel(new ModelOptions(), tokenizer: Tokenizer.Create(TinyVocabulary.SentencePieceWith(end)));
        var text = string.Concat(free.Take(5).Select(item => item.Text));
        var generation = tiny.Engine.Submit("a", options with { IgnoreEnd = false, StopStrings = [text[^1] + "never"] });
        var items = await generation.ToListAsync(TestEnds);

        Assert.Equal(free.Take(6).Select(item => item.Id), items.Select(item => item.Id));
        Assert.Equal((6, FinishReason.Stop), (generation.Statistics.GeneratedTokens, generation.FinishReason));
        Assert.StartsWith(text, string.Concat(items.Select(item => item.Text)), StringComparison.Ordinal);
        Assert.StartsWith(text[^1..], items[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_of_the_embedding_that_are_no_tokens_are_never_chosen()
    {
        Assert.InRange(Tokens.VocabularySize, 1, TinyModel.Vocabulary - 30);
        using var tiny = new TinyModel(new ModelOptions(), tokenizer: Tokens);
        var options = new GenerationOptions { MaxTokens = 200, IgnoreEnd = true, Sampling = Anything };
        Assert.All(await tiny.Engine.Submit("a", options).ToListAsync(TestEnds), item => Assert.InRange(item.Id, 0, Tokens.VocabularySize - 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => tiny.Engine.Submit([1, Tokens.VocabularySize]));
    }

    [Fact]
    public async Task A_prompt_gets_the_begin_token_and_never_the_end_token()
    {
        Assert.Equal([1, 262, 2], Tokens.EncodeWithSpecial("a"));
        using var tiny = new TinyModel(new ModelOptions(), tokenizer: Tokens);
        var generation = tiny.Engine.Submit("a", new GenerationOptions { MaxTokens = 1 });
        await generation.ToListAsync(TestEnds);
        Assert.Equal(2, generation.Statistics.PromptTokens);
    }

    [Fact]
    public async Task A_generation_of_a_disposed_model_ends_in_an_exception()
    {
        using var tiny = new TinyModel(new ModelOptions(), tokenizer: Tokens);
        var options = new GenerationOptions { MaxTokens = 400, IgnoreEnd = true };
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            await foreach (var _ in tiny.Engine.Submit("a", options).WithCancellation(TestEnds))
            {
                tiny.Model.Dispose();
            }
        });
    }
}
