namespace AiKernels.Runtime.Engine;

/// <summary>So many requests are under way already that another one is refused.</summary>
/// <param name="message">How many.</param>
/// <param name="retryAfter">When there will probably be room.</param>
/// <example>
/// <code>
/// try
/// {
///     var generation = engine.Submit("Once upon a time");
/// }
/// catch (EngineBusyException busy)
/// {
///     await Task.Delay(busy.RetryAfter);
/// }
/// </code>
/// </example>
public sealed class EngineBusyException(string message, TimeSpan retryAfter) : Exception(message)
{
    /// <summary>When there will probably be room, by the speed at which requests have ended lately.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
