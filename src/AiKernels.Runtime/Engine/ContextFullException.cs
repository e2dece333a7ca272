namespace AiKernels.Runtime.Engine;

/// <summary>Tokens don't fit in the context, or not beside what other sequences hold. Nothing was appended.</summary>
/// <param name="message">What would be needed.</param>
/// <example>
/// <code>
/// try
/// {
///     await foreach (var token in conversation.Submit("And then?"))
///     {
///         Console.Write(token.Text);
///     }
/// }
/// catch (ContextFullException)
/// {
///     conversation.Forget(0, conversation.Tokens.Length / 2);
/// }
/// </code>
/// </example>
public sealed class ContextFullException(string message) : InvalidOperationException(message);
