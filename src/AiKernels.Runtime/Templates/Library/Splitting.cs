using System.Buffers;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Strings cut into parts as Python's methods do.</summary>
internal static class Splitting
{
    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\n\r\v\f\u001C\u001D\u001E\u0085\u2028\u2029");

    /// <summary>Parts between separators; without one, between white space of any length, none of which is empty.</summary>
    /// <param name="run">The rendering.</param>
    /// <param name="text">The text.</param>
    /// <param name="separator">The separator, or null.</param>
    /// <param name="most">How often it is cut at most; negative for always.</param>
    public static ListValue Split(Rendering run, string text, string? separator, int most)
    {
        if (separator is null)
        {
            return Words(run, text, most);
        }

        CheckSeparator(separator);
        List<string> parts = [];
        var start = 0;
        while (parts.Count != most && TextSearch.First(run, text, separator, start) is >= 0 and var found)
        {
            Add(run, parts, text[start..found]);
            start = found + separator.Length;
        }

        Add(run, parts, text[start..]);
        return Sequences.Strings(parts);
    }

    /// <summary>The same with the cuts counted from the end.</summary>
    public static ListValue SplitFromEnd(Rendering run, string text, string? separator, int most)
    {
        if (separator is null)
        {
            return WordsFromEnd(run, text, most);
        }

        CheckSeparator(separator);
        List<string> parts = [];
        var end = text.Length;
        while (parts.Count != most && TextSearch.Last(run, text, separator, end) is >= 0 and var found)
        {
            Add(run, parts, text[(found + separator.Length)..end]);
            end = found;
        }

        Add(run, parts, text[..end]);
        parts.Reverse();
        return Sequences.Strings(parts);
    }

    /// <summary>The lines, without or with what ends them.</summary>
    public static List<string> Lines(Rendering run, string text, bool keepsEnds)
    {
        List<string> lines = [];
        var start = 0;
        while (start < text.Length)
        {
            var length = text.AsSpan(start).IndexOfAny(LineEnds);
            var end = length < 0 ? text.Length : start + length;
            var next = Math.Min(text.Length, text.AsSpan(end).StartsWith("\r\n") ? end + 2 : end + 1);
            Add(run, lines, text[start..(keepsEnds ? next : end)]);
            start = next;
        }

        return lines;
    }

    /// <summary>
    /// What is before a separator, the separator, and what is behind it; where it isn't found, the text and two empty ones.
    /// </summary>
    public static TupleValue Partition(Rendering run, string text, string separator, bool fromEnd)
    {
        CheckSeparator(separator);
        run.Make(text.Length);
        var found = fromEnd ? TextSearch.Last(run, text, separator, text.Length) : TextSearch.First(run, text, separator, 0);
        (string Before, string Middle, string After) parts = found >= 0 ? (text[..found], separator, text[(found + separator.Length)..])
            : fromEnd ? ("", "", text)
            : (text, "", "");
        return new TupleValue([new StringValue(parts.Before), new StringValue(parts.Middle), new StringValue(parts.After)]);
    }

    private static ListValue Words(Rendering run, string text, int most)
    {
        List<string> words = [];
        run.Read(text.Length);
        for (var start = SkipSpace(text, 0); start < text.Length;)
        {
            var end = start;
            while (end < text.Length && !Characters.IsSpace(text[end]))
            {
                end++;
            }

            if (words.Count == most)
            {
                Add(run, words, text[start..]);
                break;
            }

            Add(run, words, text[start..end]);
            start = SkipSpace(text, end);
        }

        return Sequences.Strings(words);
    }

    private static ListValue WordsFromEnd(Rendering run, string text, int most)
    {
        List<string> words = [];
        run.Read(text.Length);
        for (var end = Characters.Trim(text, start: false).Length; end > 0;)
        {
            var start = end;
            while (start > 0 && !Characters.IsSpace(text[start - 1]))
            {
                start--;
            }

            if (words.Count == most)
            {
                Add(run, words, text[..end]);
                break;
            }

            Add(run, words, text[start..end]);
            for (end = start; end > 0 && Characters.IsSpace(text[end - 1]);)
            {
                end--;
            }
        }

        words.Reverse();
        return Sequences.Strings(words);
    }

    private static int SkipSpace(string text, int place)
    {
        while (place < text.Length && Characters.IsSpace(text[place]))
        {
            place++;
        }

        return place;
    }

    private static void Add(Rendering run, List<string> parts, string part)
    {
        run.Step();
        run.Make(part.Length);
        parts.Add(part);
    }

    private static void CheckSeparator(string separator)
    {
        if (separator.Length == 0)
        {
            throw new TemplateException("a separator can't be empty");
        }
    }
}
