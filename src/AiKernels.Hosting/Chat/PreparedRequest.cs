using AiKernels.Runtime.Engine;

namespace AiKernels.Hosting.Chat;

/// <summary>A request as the engine takes it.</summary>
/// <param name="Prompt">The conversation's tokens.</param>
/// <param name="GenerationPrompt">What of it the template has added so that the model answers.</param>
/// <param name="Generation">How it is continued.</param>
internal sealed record PreparedRequest(int[] Prompt, string GenerationPrompt, GenerationOptions Generation);
