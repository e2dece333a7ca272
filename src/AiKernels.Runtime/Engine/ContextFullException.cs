namespace AiKernels.Runtime.Engine;

/// <summary>Tokens don't fit in the context, or not beside what other sequences hold. Nothing was appended.</summary>
/// <param name="message">What would be needed.</param>
public sealed class ContextFullException(string message) : InvalidOperationException(message);
