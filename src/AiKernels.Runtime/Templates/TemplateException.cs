using System.Globalization;

namespace AiKernels.Runtime.Templates;

/// <summary>
/// A template that can't be parsed or rendered: what is wrong with it, where, and in one sentence. Templates that refuse a
/// conversation by themselves, with <c>raise_exception</c>, end with it too.
/// </summary>
/// <remarks>Neither a template nor its context can make <see cref="ChatTemplate"/> throw anything else.</remarks>
/// <example>
/// <code>
/// try
/// {
///     ChatTemplate.Parse("{{ 1 +", "mine");
/// }
/// catch (TemplateException problem)
/// {
///     Console.WriteLine(problem.Message); // ... (template mine, line 1, column 7)
/// }
/// </code>
/// </example>
public sealed class TemplateException : Exception
{
    /// <summary>A problem whose place is known.</summary>
    /// <param name="problem">What is wrong, as a sentence without a full stop.</param>
    /// <param name="template">The template's name; null where it has none.</param>
    /// <param name="line">The line, from 1; 0 where it is unknown.</param>
    /// <param name="column">The column, from 1; 0 where it is unknown.</param>
    /// <example><code>throw new TemplateException("the tools don't fit", "mine", line: 3, column: 1);</code></example>
    public TemplateException(string problem, string? template, int line, int column)
        : base(Sentence(problem, template, line, column))
    {
        Problem = problem;
        Template = template;
        Line = line;
        Column = column;
    }

    /// <summary>A problem at a place in the source that is made a line and a column later; -1 where it is unknown as yet.</summary>
    internal TemplateException(string problem, int at = -1)
        : this(problem, null, 0, 0) => At = at;

    /// <summary>The template's name; null where it has none.</summary>
    /// <example><code>Console.WriteLine(problem.Template); // mine</code></example>
    public string? Template { get; }

    /// <summary>The line of the template, from 1; 0 where it is unknown.</summary>
    /// <example><code>Console.WriteLine(problem.Line); // 1</code></example>
    public int Line { get; }

    /// <summary>The column in that line in UTF-16 units, from 1; 0 where it is unknown.</summary>
    /// <example><code>Console.WriteLine(problem.Column); // 7</code></example>
    public int Column { get; }

    /// <summary>The sentence without the place.</summary>
    internal string Problem { get; }

    /// <summary>The place in the source; -1 where it is unknown.</summary>
    internal int At { get; } = -1;

    /// <summary>The same problem with its line and column.</summary>
    /// <param name="template">The template's name.</param>
    /// <param name="source">Its source.</param>
    /// <param name="at">The place, where this problem doesn't know it better.</param>
    internal TemplateException Located(string? template, string source, int at)
    {
        var place = Math.Min(At >= 0 ? At : at, source.Length);
        if (place < 0)
        {
            return new TemplateException(Problem, template, 0, 0);
        }

        var before = source.AsSpan(0, place);
        return new TemplateException(Problem, template, before.Count('\n') + 1, place - before.LastIndexOf('\n'));
    }

    private static string Sentence(string problem, string? template, int line, int column)
    {
        var name = template is null ? "" : $"template {template}";
        var place = line == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"line {line}, column {column}");
        return (name, place) switch
        {
            ("", "") => problem,
            (_, "") or ("", _) => $"{problem} ({name}{place})",
            _ => $"{problem} ({name}, {place})",
        };
    }
}
