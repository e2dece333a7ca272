using AiKernels.Runtime.Engine;
using Microsoft.Extensions.AI;

namespace AiKernels.Hosting.Chat;

/// <summary>What all updates of an answer have in common, and what the last one says of the whole.</summary>
/// <param name="modelId">What the model is called.</param>
/// <param name="createdAt">When the answer began.</param>
internal sealed class UpdateFrame(string modelId, DateTimeOffset createdAt)
{
    private readonly string _id = Guid.NewGuid().ToString("N");

    public ChatResponseUpdate Update(IList<AIContent> contents) => new(ChatRole.Assistant, contents)
    {
        ResponseId = _id,
        MessageId = _id,
        ModelId = modelId,
        CreatedAt = createdAt,
    };

    /// <summary>
    /// Usage, the reason of the end, and the receipt. It is part of no message: what it says is the whole response's, and isn't
    /// sent back with the message in the next request.
    /// </summary>
    public ChatResponseUpdate Last(AnswerContents contents, Generation generation, List<GeneratedToken>? tokens)
    {
        var update = Update([new UsageContent(Usage(generation.Statistics))]);
        update.MessageId = null;
        update.FinishReason = generation.FinishReason switch
        {
            FinishReason.Stop when contents.HasCalls => ChatFinishReason.ToolCalls,
            FinishReason.Stop => ChatFinishReason.Stop,
            FinishReason.Length => ChatFinishReason.Length,
            var other => new ChatFinishReason(other.Word()),
        };
        update.AdditionalProperties = new() { [AiKernelsChatClient.ReceiptKey] = generation.Receipt };
        if (tokens is not null)
        {
            update.AdditionalProperties[AiKernelsChatClient.TokensKey] = tokens;
        }

        return update;
    }

    private static UsageDetails Usage(GenerationStatistics statistics) => new()
    {
        InputTokenCount = statistics.PromptTokens,
        OutputTokenCount = statistics.GeneratedTokens,
        TotalTokenCount = statistics.PromptTokens + statistics.GeneratedTokens,
        CachedInputTokenCount = statistics.CachedTokens,
    };
}
