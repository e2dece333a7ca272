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
    /// <param name="end">How the answer ended.</param>
    /// <param name="statistics">What the engine counted.</param>
    /// <param name="hasCalls">Whether tools were called.</param>
    /// <param name="tokens">All tokens; null where nobody asked for them.</param>
    public ChatResponseUpdate Last(AnswerEnd end, GenerationStatistics statistics, bool hasCalls, List<GeneratedToken>? tokens)
    {
        var update = Update([new UsageContent(Usage(statistics, end.Tokens))]);
        update.MessageId = null;
        update.FinishReason = end.Reason switch
        {
            FinishReason.Stop when hasCalls => ChatFinishReason.ToolCalls,
            FinishReason.Stop => ChatFinishReason.Stop,
            FinishReason.Length => ChatFinishReason.Length,
            var other => new ChatFinishReason(other.Word()),
        };
        update.AdditionalProperties = new() { [AiKernelsChatClient.ReceiptKey] = end.Receipt };
        if (tokens is not null)
        {
            update.AdditionalProperties[AiKernelsChatClient.TokensKey] = tokens;
        }

        return update;
    }

    private static UsageDetails Usage(GenerationStatistics statistics, int output) => new()
    {
        InputTokenCount = statistics.PromptTokens,
        OutputTokenCount = output,
        TotalTokenCount = statistics.PromptTokens + output,
        CachedInputTokenCount = statistics.CachedTokens,
    };
}
