namespace AiKernels.Runtime.Templates;

/// <summary>What came of a template.</summary>
/// <param name="Text">The prompt.</param>
/// <param name="Generated">
/// What the model is meant to have written: the parts of <paramref name="Text"/> between <c>{% generation %}</c> and
/// <c>{% endgeneration %}</c>, in order and without overlap. Empty for templates that don't mark it.
/// </param>
/// <remarks>
/// Of text that a template first keeps (a <c>set</c> block, a macro's text that goes through a filter) nothing is
/// known any more when it is written.
/// </remarks>
/// <example>
/// <code>
/// var prompt = template.Render(context);
/// foreach (var (start, length) in prompt.Generated)
/// {
///     Console.WriteLine(prompt.Text.Substring(start, length));
/// }
/// </code>
/// </example>
public sealed record RenderedPrompt(string Text, IReadOnlyList<GeneratedSpan> Generated);

/// <summary>A part of a prompt, in characters (UTF-16 units).</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="Length">How long it is.</param>
/// <example><code>var (start, length) = prompt.Generated[0];</code></example>
public readonly record struct GeneratedSpan(int Start, int Length);
