using System.Text;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Sampling;
using AiKernels.Runtime.Tests.Text;
using AiKernels.Runtime.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

public class GenerationReceiptTests
{
    private static readonly GenerationOptions Options = new()
    {
        MaxTokens = 10,
        IgnoreEnd = true,
        StopStrings = ["\u00e4\"\n"],
        Sampling = new SamplingOptions { Temperature = 1.3f, TopK = 0, TopP = 0.9f, MinP = 0.01f, RepetitionPenalty = 1.1f, RepetitionWindow = 5, Seed = ulong.MaxValue },
    };

    private static readonly Tokenizer Tokens = Tokenizer.Create(TinyVocabulary.SentencePiece);

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_is_generated_again_from_its_receipt()
    {
        var receipt = await Answer();
        var read = GenerationReceipt.Parse(receipt.ToJson());
        Assert.Equal(receipt.ToJson(), read.ToJson());

        using var tiny = new TinyModel(new ModelOptions(), tokenizer: Tokens);
        Assert.Null(read.Obstacle(tiny.Model));
        var again = tiny.Engine.Submit([.. read.Prompt], read.OptionsFor(tiny.Model), TestEnds);
        await again.Completion.WaitAsync(TestEnds);
        Assert.Equal(receipt.ToJson(), again.Receipt.ToJson());
    }

    [Fact]
    public async Task There_is_no_receipt_before_the_end()
    {
        using var tiny = new TinyModel(new ModelOptions(), tokenizer: Tokens);
        using var gate = new ManualResetEventSlim();
        var answer = tiny.Engine.Submit([1], Options with { Script = _ => gate.Wait(TimeSpan.FromMinutes(1)) ? 1 : 2 }, TestEnds);
        Assert.Throws<InvalidOperationException>(() => answer.Receipt);
        gate.Set();
        await answer.Completion.WaitAsync(TestEnds);
        Assert.Equal(10, answer.Receipt.GeneratedTokens);
    }

    [Fact]
    public async Task What_is_another_model_or_other_numbers_is_said()
    {
        var receipt = await Answer();
        using var other = new TinyModel(new ModelOptions(), layers: 1, tokenizer: Tokens);
        Assert.Contains(other.Model.Hash, receipt.Obstacle(other.Model), StringComparison.Ordinal);
        using var tiny = new TinyModel(new ModelOptions(), tokenizer: Tokens);
        Assert.Contains("numerics version 9", (receipt with { NumericsVersion = 9 }).Obstacle(tiny.Model), StringComparison.Ordinal);
        using var halves = new TinyModel(new ModelOptions { KeyValueType = Formats.GgmlType.F16 }, tokenizer: Tokens);
        Assert.Contains("in F32", receipt.Obstacle(halves.Model), StringComparison.Ordinal);
        using var longer = new TinyModel(new ModelOptions { ContextLength = 99 }, tokenizer: Tokens);
        Assert.Contains("context of 512", receipt.Obstacle(longer.Model), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_answer_has_a_receipt_of_what_there_is()
    {
        using var tiny = new TinyModel(new ModelOptions(), tokenizer: Tokens);
        var answer = tiny.Engine.Submit([1], Options with { MaxTokens = 500 }, TestEnds);
        await foreach (var token in answer)
        {
            break;
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.Completion.WaitAsync(TestEnds));
        var again = tiny.Engine.Submit([1], answer.Receipt.OptionsFor(tiny.Model), TestEnds);
        await again.Completion.WaitAsync(TestEnds);
        Assert.Equal((answer.Receipt.TokenHash, "error"), (again.Receipt.TokenHash, answer.Receipt.FinishReason));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"surprise\": 1}")]
    public void What_is_no_receipt_is_refused(string text) =>
        Assert.Throws<InvalidDataException>(() => GenerationReceipt.Parse(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 2")]
    [InlineData("\"seed\": 18446744073709551615", "\"seed\": -1")]
    [InlineData("\"top_p\": 0.9", "\"top_p\": 0")]
    [InlineData("\"generated_tokens\": 10", "\"generated_tokens\": -10")]
    [InlineData("\"context_length\": 512", "\"context_length\": 0")]
    [InlineData("\"context_length\": 512", "\"context_length\": 2147483647")]
    [InlineData("\"key_value_type\": \"F32\"", "\"key_value_type\": 77")]
    [InlineData("\"finish_reason\": \"length\"", "\"finish_reason\": \"\\u001b\"")]
    [InlineData("\"version\": 1", "\"version\": 1, \"version\": 1")]
    [InlineData("\"model_hash\": \"", "\"model_hash\": \"\\u001b")]
    [InlineData("\"token_hash\": \"", "\"token_hash\": \"0")]
    [InlineData("\"key_value_type\": \"F32\"", "\"key_value_type\": \"F33\"")]
    [InlineData("\"sampling\": {", "\"sampling\": null, \"sampling_\": {")]
    [InlineData("\"stop_strings\": [", "\"stop_strings\": [null, ")]
    public async Task A_receipt_that_makes_no_sense_is_refused(string text, string by)
    {
        var json = Encoding.UTF8.GetString((await Answer()).ToJson());
        Assert.Contains(text, json, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(
            () => GenerationReceipt.Parse(Encoding.UTF8.GetBytes(json.Replace(text, by, StringComparison.Ordinal))));
    }

    private static async Task<GenerationReceipt> Answer()
    {
        using var tiny = new TinyModel(new ModelOptions(), tokenizer: Tokens);
        var answer = tiny.Engine.Submit([1, 2, 3], Options, TestEnds);
        await answer.Completion.WaitAsync(TestEnds);
        return answer.Receipt;
    }
}
