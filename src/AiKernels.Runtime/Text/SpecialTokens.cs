using System.Buffers;
using System.Text;

namespace AiKernels.Runtime.Text;

/// <summary>Finds tokens that are never split, by their full text, before anything else is cut.</summary>
/// <remarks>
/// The texts are sorted, so that those which agree with a text so far are neighbours and narrow down letter by letter.
/// That needs no memory beyond the texts, however many a stranger's file brings.
/// </remarks>
internal sealed class SpecialTokens
{
    private readonly (string Text, int Token)[] _sorted;
    private readonly SearchValues<char> _firstLetters;

    /// <summary>Takes the tokens of <paramref name="vocabulary"/> whose type is one of <paramref name="types"/>.</summary>
    public SpecialTokens(Vocabulary vocabulary, params ReadOnlySpan<TokenType> types)
    {
        Dictionary<string, int> byText = [];
        var texts = vocabulary.TokenTexts;
        for (var id = 0; id < texts.Count; id++)
        {
            if (types.Contains(vocabulary.Type(id)) && texts[id].Length != 0)
            {
                byText.TryAdd(Encoding.UTF8.GetString(texts[id]), id);
            }
        }

        _sorted = [.. byText.Select(entry => (entry.Key, entry.Value))];
        Array.Sort(_sorted, (a, b) => string.CompareOrdinal(a.Text, b.Text));
        _firstLetters = SearchValues.Create([.. _sorted.Select(entry => entry.Text[0]).Distinct()]);
    }

    /// <summary>Finds the leftmost special token in <paramref name="text"/>; where several begin, the longest.</summary>
    public bool TryFind(ReadOnlySpan<char> text, out (int Start, int Length, int Token) found)
    {
        for (var start = 0; text[start..].IndexOfAny(_firstLetters) is >= 0 and var skipped; start++)
        {
            start += skipped;
            if (Longest(text[start..]) is var (length, token))
            {
                found = (start, length, token);
                return true;
            }
        }

        found = default;
        return false;
    }

    /// <summary>The longest special token that a text begins with.</summary>
    private (int Length, int Token)? Longest(ReadOnlySpan<char> text)
    {
        (int, int)? longest = null;
        var (first, end) = (0, _sorted.Length);
        for (var length = 0; length < text.Length; length++)
        {
            first = LowerBound(first, end, length, text[length]);
            end = LowerBound(first, end, length, (char)(text[length] + 1), isPastLast: text[length] == char.MaxValue);
            if (first == end)
            {
                break;
            }

            // The shortest of those that agree comes first.
            if (_sorted[first].Text.Length == length + 1)
            {
                longest = (length + 1, _sorted[first].Token);
                first++;
            }
        }

        return longest;
    }

    /// <summary>The first text from <paramref name="first"/> on whose letter at an index is not below one.</summary>
    private int LowerBound(int first, int end, int index, char letter, bool isPastLast = false)
    {
        // Where most texts agree, the bound is where the range begins or ends.
        if (isPastLast || first == end || _sorted[end - 1].Text[index] < letter)
        {
            return end;
        }

        while (first < end && _sorted[first].Text[index] < letter)
        {
            var middle = first + ((end - first) / 2);
            (first, end) = _sorted[middle].Text[index] < letter ? (middle + 1, end) : (first, middle);
        }

        return first;
    }
}
