namespace AiKernels.Runtime.Templates;

/// <summary>
/// What a template may use up. The defaults are enough for prompts of a million tokens and stop a hostile template within
/// seconds, before it has taken much more than a gigabyte.
/// </summary>
/// <example>
/// <code>
/// var options = new TemplateOptions { MaxSteps = 100_000, MaxOutput = 1 &lt;&lt; 16 };
/// var prompt = template.Render(context, options);
/// </code>
/// </example>
public sealed record TemplateOptions
{
    /// <summary>
    /// The most steps: a step is an operation of the template, an item that a filter looks at, or eight characters that are
    /// read or written.
    /// </summary>
    /// <example><code>var options = new TemplateOptions { MaxSteps = 100_000 };</code></example>
    public long MaxSteps { get; init; } = 10_000_000;

    /// <summary>
    /// The deepest nesting of calls (macros, call blocks, recursive loops) and of lists and mappings in each other. A thread
    /// whose stack is too small for it is no danger: what doesn't fit there is refused as well.
    /// </summary>
    /// <example><code>var options = new TemplateOptions { MaxDepth = 20 };</code></example>
    public int MaxDepth { get; init; } = 100;

    /// <summary>The longest text in characters (UTF-16 units): the prompt, and every string on the way to it.</summary>
    /// <example><code>var options = new TemplateOptions { MaxOutput = 1 &lt;&lt; 16 };</code></example>
    public int MaxOutput { get; init; } = 1 << 24;

    /// <summary>The clock of <c>strftime_now</c>, which shows the time of its <see cref="TimeProvider.LocalTimeZone"/>.</summary>
    /// <example><code>var options = new TemplateOptions { Clock = TimeProvider.System };</code></example>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Checks that every option is in its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One isn't; the message names it.</exception>
    /// <example><code>new TemplateOptions { MaxSteps = 100 }.Validate();</code></example>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(MaxSteps);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxDepth);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxOutput);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxOutput, Array.MaxLength / 2);
        ArgumentNullException.ThrowIfNull(Clock);
    }
}
