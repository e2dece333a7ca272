using AiKernels.Runtime.Engine;
using Microsoft.Extensions.AI;
using Xunit;

namespace AiKernels.Hosting.Tests.Chat;

/// <summary>What an answer says, and what is said of it.</summary>
public class AnswerTests(DemoModel demo) : IClassFixture<DemoModel>
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0f, 0L)]
    [InlineData(1f, 7L)]
    public async Task Streamed_or_not_an_answer_is_the_same(float temperature, long seed)
    {
        ChatMessage[] messages = [new(ChatRole.System, "You are a poet."), new(ChatRole.User, "ROMEO:")];
        var options = new ChatOptions { MaxOutputTokens = 40, Temperature = temperature, Seed = seed };
        var updates = await demo.Client.GetStreamingResponseAsync(messages, options, TestEnds).ToListAsync(TestEnds);
        var whole = await demo.Client.GetResponseAsync(messages, options, TestEnds);

        Assert.True(updates.Count > 3, "it came in pieces");
        Assert.Equal(string.Concat(updates.Select(update => update.Text)), whole.Text);
        Assert.Equal(updates[^1].FinishReason, whole.FinishReason);
        Assert.All(updates, update => Assert.Equal((ChatRole.Assistant, updates[0].ResponseId), (update.Role!.Value, update.ResponseId)));
        Assert.Single(whole.Messages);
        Assert.Single(whole.Messages[0].Contents);
        Assert.Null(whole.Messages[0].AdditionalProperties);
    }

    [Fact]
    public async Task An_answer_says_what_it_used_and_why_it_ended()
    {
        var answer = await demo.Client.GetResponseAsync("JULIET:", new ChatOptions { MaxOutputTokens = 12 }, TestEnds);
        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal(demo.Model.Name, answer.ModelId);
        Assert.NotNull(answer.ResponseId);
        Assert.InRange(answer.CreatedAt!.Value, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        var usage = answer.Usage!;
        Assert.Equal((12, usage.InputTokenCount + 12), (usage.OutputTokenCount, usage.TotalTokenCount));

        var again = await demo.Client.GetResponseAsync("JULIET:", new ChatOptions { MaxOutputTokens = 12 }, TestEnds);
        Assert.Equal(answer.Text, again.Text);
        Assert.NotEqual(answer.ResponseId, again.ResponseId);
        Assert.InRange(again.Usage!.CachedInputTokenCount!.Value, 1, again.Usage.InputTokenCount!.Value);
    }

    [Fact]
    public async Task The_receipt_generates_the_answer_again()
    {
        var answer = await demo.Client.GetResponseAsync("DUKE:", new ChatOptions { MaxOutputTokens = 20, Seed = 3 }, TestEnds);
        var receipt = Assert.IsType<GenerationReceipt>(answer.AdditionalProperties![AiKernelsChatClient.ReceiptKey]);
        var again = demo.Engine.Submit(receipt.Prompt.ToArray(), receipt.OptionsFor(demo.Model), TestEnds);
        var text = string.Concat(await again.Select(token => token.Text).ToListAsync(TestEnds));
        Assert.Equal(answer.Text, text);
        Assert.True(receipt.IsSame(again.Receipt));
    }

    [Fact]
    public async Task A_stop_sequence_ends_the_answer_before_it()
    {
        var whole = await demo.Client.GetResponseAsync("KING:", new ChatOptions { MaxOutputTokens = 60 }, TestEnds);
        var stop = whole.Text.Substring(whole.Text.Length / 2, 4);
        var cut = await demo.Client.GetResponseAsync("KING:", new ChatOptions { MaxOutputTokens = 60, StopSequences = [stop] }, TestEnds);
        Assert.Equal(whole.Text[..whole.Text.IndexOf(stop, StringComparison.Ordinal)], cut.Text);
        Assert.Equal(ChatFinishReason.Stop, cut.FinishReason);
    }

    [Fact]
    public async Task Seeds_choose_and_equal_requests_get_equal_answers()
    {
        var texts = new List<string>();
        foreach (var seed in (long?[])[null, null, 1, 1, 2, -1, long.MinValue])
        {
            texts.Add((await demo.Client.GetResponseAsync("QUEEN:", new ChatOptions { MaxOutputTokens = 24, Temperature = 1, Seed = seed }, TestEnds)).Text);
        }

        Assert.Equal((texts[0], texts[2]), (texts[1], texts[3]));
        Assert.Equal(5, texts.Distinct().Count());
    }

    [Fact]
    public async Task Time_that_is_over_ends_an_answer()
    {
        var options = new ChatOptions { AdditionalProperties = new() { ["time_limit"] = 0.0 } };
        var answer = await demo.Client.GetResponseAsync("FOOL:", options, TestEnds);
        Assert.Equal("deadline", answer.FinishReason!.Value.Value);
    }

    [Fact]
    public async Task Probabilities_come_with_the_tokens()
    {
        var options = new ChatOptions { MaxOutputTokens = 5, AdditionalProperties = new() { ["log_probabilities"] = 2 } };
        var answer = await demo.Client.GetResponseAsync("FOOL:", options, TestEnds);
        var tokens = Assert.IsType<List<GeneratedToken>>(answer.AdditionalProperties![AiKernelsChatClient.TokensKey]);
        Assert.Equal(5, tokens.Count);
        Assert.All(tokens, token => Assert.Equal(2, token.Alternatives.Count));
    }

    [Fact]
    public async Task The_rest_of_the_context_is_the_most()
    {
        var answer = await demo.Client.GetResponseAsync(
            string.Concat(Enumerable.Repeat("Speak, speak! ", 25)), new ChatOptions { AdditionalProperties = new() { ["ignore_end"] = true } }, TestEnds);
        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.InRange(answer.Usage!.TotalTokenCount!.Value, 512, 513);
    }

    [Fact]
    public void Its_services_are_found()
    {
        Assert.Same(demo.Client, demo.Client.GetService<IChatClient>());
        Assert.Same(demo.Engine, demo.Client.GetService<InferenceEngine>());
        Assert.Same(demo.Model, demo.Client.GetService<LanguageModel>());
        var metadata = demo.Client.GetRequiredService<ChatClientMetadata>();
        Assert.Equal(("aikernels", demo.Model.Name), (metadata.ProviderName, metadata.DefaultModelId));
        Assert.Null(demo.Client.GetService<string>());
        Assert.Null(demo.Client.GetService<LanguageModel>("a key"));
    }

    [Fact]
    public async Task Instructions_go_before_the_messages()
    {
        var options = new ChatOptions { MaxOutputTokens = 8, Instructions = "Speak as a king." };
        var said = await demo.Client.GetResponseAsync("Who goes there?", options, TestEnds);
        var written = await demo.Client.GetResponseAsync(
            [new(ChatRole.System, "Speak as a king."), new(ChatRole.User, "Who goes there?")], new ChatOptions { MaxOutputTokens = 8 }, TestEnds);
        Assert.Equal((written.Text, written.Usage!.InputTokenCount), (said.Text, said.Usage!.InputTokenCount));
    }
}
