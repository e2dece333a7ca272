namespace AiKernels.Runtime.Chat;

/// <summary>A part of what a model answers, as it comes: a piece of its text or reasoning, or of a tool call.</summary>
/// <remarks>
/// Of each call there is a <see cref="ToolCallStart"/>, then <see cref="ToolCallArguments"/>, and at last a
/// <see cref="ToolCallEnd"/>; calls never overlap. A call that turns out to be malformed, or is cut off, has no
/// <see cref="ToolCallEnd"/>: what was said of it follows as <see cref="TextPart"/>, from its first marker on. So who collects
/// calls takes those that end, and who shows text misses nothing.
/// </remarks>
/// <example>
/// <code>
/// foreach (var part in reader.Append(token.Id))
/// {
///     Console.Write(part is TextPart text ? text.Text : "");
/// }
/// </code>
/// </example>
public abstract record AnswerPart
{
    private protected AnswerPart()
    {
    }
}

/// <summary>A piece of the answer's text.</summary>
/// <param name="Text">The piece, never empty.</param>
/// <example><code>if (part is TextPart { Text: var text }) { Console.Write(text); }</code></example>
public sealed record TextPart(string Text) : AnswerPart;

/// <summary>A piece of what the model thinks before it answers.</summary>
/// <param name="Text">The piece, never empty.</param>
/// <example><code>if (part is ReasoningPart { Text: var thought }) { Console.Error.Write(thought); }</code></example>
public sealed record ReasoningPart(string Text) : AnswerPart;

/// <summary>A tool call begins.</summary>
/// <param name="Index">The call's number in the answer, from 0 on; one that ends up malformed keeps its number.</param>
/// <param name="Id">What the model calls it; null where it says nothing, or says it behind the arguments.</param>
/// <param name="Name">The tool: one of those that the reader was given, if it was given any.</param>
/// <example><code>if (part is ToolCallStart start) { Console.WriteLine($"calls {start.Name}"); }</code></example>
public sealed record ToolCallStart(int Index, string? Id, string Name) : AnswerPart;

/// <summary>A piece of the JSON text of a call's arguments. All pieces of a call that ends, joined, are a JSON object.</summary>
/// <param name="Index">The call.</param>
/// <param name="Json">The piece, never empty.</param>
/// <example><code>if (part is ToolCallArguments { Json: var json }) { Console.Write(json); }</code></example>
public sealed record ToolCallArguments(int Index, string Json) : AnswerPart;

/// <summary>A call is whole.</summary>
/// <param name="Index">The call.</param>
/// <example><code>if (part is ToolCallEnd { Index: var index }) { Console.WriteLine($"call {index} is whole"); }</code></example>
public sealed record ToolCallEnd(int Index) : AnswerPart;
