using AiKernels.Runtime.Templates.Syntax;

namespace AiKernels.Runtime.Templates;

/// <summary>The texts that stand in a template, by which it can tell one thing from another.</summary>
internal sealed class TemplateLiterals
{
    // Shorter ones it writes more often than it looks for them. Longer ones, too; and to compare them everywhere takes long.
    private const int Shortest = 2, Longest = 256;

    // Sorted, and none begins with another.
    private readonly List<string> _texts = [];

    /// <param name="template">The template's source.</param>
    /// <param name="isWanted">Which of its texts count.</param>
    public TemplateLiterals(string template, Func<string, bool> isWanted)
    {
        var texts = Lexer.Read(template).Where(token => token.Kind is TokenKind.String or TokenKind.Name).Select(token => token.Text);
        foreach (var text in texts.Where(text => text.Length is >= Shortest and <= Longest && isWanted(text)).Order(StringComparer.Ordinal))
        {
            if (_texts.Count == 0 || !text.StartsWith(_texts[^1], StringComparison.Ordinal))
            {
                _texts.Add(text);
            }
        }
    }

    /// <summary>Whether a text begins with one of them: which can only be the last that doesn't come behind it.</summary>
    public bool IsAtStartOf(ReadOnlySpan<char> text)
    {
        var (first, end) = (0, _texts.Count);
        while (first < end)
        {
            var middle = (first + end) / 2;
            (first, end) = text.SequenceCompareTo(_texts[middle]) < 0 ? (first, middle) : (middle + 1, end);
        }

        return first > 0 && text.StartsWith(_texts[first - 1]);
    }
}
