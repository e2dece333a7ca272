namespace AiKernels.Runtime.Chat.Syntax;

/// <summary>Between what a family writes its reasoning.</summary>
internal sealed record ReasoningFormat(string Open, string Close)
{
    /// <summary>Nearly everybody's.</summary>
    public static ReasoningFormat Think { get; } = new("<think>", "</think>");

    /// <summary>Mistral's.</summary>
    public static ReasoningFormat Mistral { get; } = new("[THINK]", "[/THINK]");
}
