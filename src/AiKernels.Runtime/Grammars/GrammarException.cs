namespace AiKernels.Runtime.Grammars;

/// <summary>A grammar, schema or expression can't be read, or asks for something that isn't supported.</summary>
/// <example>
/// <code>
/// try
/// {
///     Grammar.FromRegex("(a");
/// }
/// catch (GrammarException fault)
/// {
///     Console.WriteLine(fault.Message); // expected ) (line 1, column 3)
/// }
/// </code>
/// </example>
public sealed class GrammarException : FormatException
{
    /// <summary>For a fault at no certain place.</summary>
    public GrammarException(string message)
        : base(message)
    {
    }

    /// <summary>For a fault at a place of a text.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="source">The whole text.</param>
    /// <param name="position">The place.</param>
    internal GrammarException(string message, string source, int position)
        : base($"{message} ({Place(source, position)})")
    {
    }

    private static string Place(string source, int position)
    {
        var before = source.AsSpan(0, position);
        return $"line {before.Count('\n') + 1}, column {position - before.LastIndexOf('\n')}";
    }
}
