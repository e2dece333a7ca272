using AiKernels.Runtime.Engine;

namespace AiKernels.Hosting.Chat;

/// <summary>A request as the engine takes it.</summary>
/// <param name="Prompt">The conversation's tokens.</param>
/// <param name="Opening">Those of them that open the answer.</param>
/// <param name="Generation">How it is continued.</param>
internal sealed record PreparedRequest(int[] Prompt, int[] Opening, GenerationOptions Generation);
