using System.Runtime.InteropServices;
using AiKernels.Runtime.Engine;

namespace AiKernels.Hosting.Chat;

/// <summary>How an answer ended, and what it used.</summary>
/// <param name="Reason">Why it ended.</param>
/// <param name="Tokens">How many tokens were generated.</param>
/// <param name="Receipt">What would generate it again.</param>
internal sealed record AnswerEnd(FinishReason Reason, int Tokens, GenerationReceipt Receipt)
{
    /// <summary>The end that a generation came to.</summary>
    /// <param name="generation">The generation, which has ended.</param>
    /// <param name="read">The tokens that were read of it.</param>
    /// <param name="isStopped">Whether nobody read on, since a stop string had appeared.</param>
    public static AnswerEnd Of(Generation generation, List<int> read, bool isStopped)
    {
        var (reason, tokens) = (generation.FinishReason, generation.Statistics.GeneratedTokens);
        if (!isStopped || (reason == FinishReason.Stop && tokens == read.Count))
        {
            return new AnswerEnd(reason, tokens, generation.Receipt);
        }

        // The engine knew of no stop string, and may have been ahead: the same tokens are those that were read, and no more.
        return new AnswerEnd(FinishReason.Stop, read.Count, generation.Receipt with
        {
            GeneratedTokens = read.Count,
            TokenHash = GenerationReceipt.HashTokens(CollectionsMarshal.AsSpan(read)),
            FinishReason = FinishReason.Length.Word(),
        });
    }
}
