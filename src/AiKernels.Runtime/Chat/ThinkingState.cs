namespace AiKernels.Runtime.Chat;

/// <summary>Where a model's reasoning stands before its answer.</summary>
/// <example><code>var isOpen = syntax.ThinkingAfter(tokenizer, tokens) == ThinkingState.Open;</code></example>
public enum ThinkingState
{
    /// <summary>Nobody looked.</summary>
    Unknown,

    /// <summary>The answer may begin with reasoning.</summary>
    NotBegun,

    /// <summary>The prompt has begun it: the answer goes on with it.</summary>
    Open,

    /// <summary>The prompt has closed it, or the model has none.</summary>
    Over,
}
