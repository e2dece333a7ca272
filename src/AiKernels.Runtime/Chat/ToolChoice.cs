namespace AiKernels.Runtime.Chat;

/// <summary>Whether an answer calls tools.</summary>
/// <example><code>var choice = tools.Length == 1 ? ToolChoice.Required : ToolChoice.Auto;</code></example>
public sealed record ToolChoice
{
    private ToolChoice(string kind, string? name = null) => (Kind, Name) = (kind, name);

    /// <summary>As the model likes.</summary>
    public static ToolChoice Auto { get; } = new("auto");

    /// <summary>At least one call.</summary>
    public static ToolChoice Required { get; } = new("required");

    /// <summary>No calls.</summary>
    public static ToolChoice None { get; } = new("none");

    /// <summary>The only tool that may be called, and once; null for any.</summary>
    public string? Name { get; }

    /// <summary>Which of them it is.</summary>
    internal string Kind { get; }

    /// <summary>One call of a tool.</summary>
    /// <param name="name">The tool.</param>
    /// <example><code>var choice = ToolChoice.Named("get_weather");</code></example>
    public static ToolChoice Named(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new("named", name);
    }
}
