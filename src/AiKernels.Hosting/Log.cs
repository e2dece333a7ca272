using AiKernels.Hosting.Chat;
using AiKernels.Runtime.Engine;
using Microsoft.Extensions.Logging;

namespace AiKernels.Hosting;

/// <summary>What is logged: how many and how long, never what was asked or said.</summary>
internal static partial class Log
{
    public static void Answered(ILogger logger, AnswerEnd end, GenerationStatistics statistics) => Answered(
        logger, end.Tokens, statistics.PromptTokens, statistics.CachedTokens, statistics.Duration.TotalMilliseconds, end.Reason.Word());

    [LoggerMessage(1, LogLevel.Debug, "Answered with {OutputTokens} tokens to {InputTokens}, {CachedTokens} of them cached, in {Milliseconds:F0} ms: {FinishReason}")]
    private static partial void Answered(ILogger logger, int outputTokens, int inputTokens, int cachedTokens, double milliseconds, string finishReason);

    [LoggerMessage(2, LogLevel.Warning, "Refused a request of {InputTokens} tokens: too many are under way")]
    public static partial void Refused(ILogger logger, int inputTokens);

    [LoggerMessage(3, LogLevel.Information, "Loading {Path}")]
    public static partial void Loading(ILogger logger, string path);

    [LoggerMessage(4, LogLevel.Information, "Loaded {Model}, a context of {ContextLength} tokens, {Megabytes:F0} MB of weights, in {Seconds:F1} s")]
    public static partial void Loaded(ILogger logger, string model, int contextLength, double megabytes, double seconds);

    [LoggerMessage(5, LogLevel.Error, "Loading {Path} failed")]
    public static partial void LoadingFailed(ILogger logger, string path, Exception failure);

    [LoggerMessage(6, LogLevel.Information, "Warmed up in {Seconds:F1} s")]
    public static partial void WarmedUp(ILogger logger, double seconds);

    [LoggerMessage(7, LogLevel.Error, "Warming up {Path} failed")]
    public static partial void WarmUpFailed(ILogger logger, string path, Exception failure);

    [LoggerMessage(8, LogLevel.Warning, "The chat template of {Model} leaves earlier tool calls out of its prompts, or refuses them")]
    public static partial void CallsLeftOut(ILogger logger, string model);

    [LoggerMessage(9, LogLevel.Warning, "Packed weights can't be kept in {Folder}: {Problem}")]
    public static partial void NotKept(ILogger logger, string folder, string? problem);
}
