using System.Buffers;

namespace AiKernels.Runtime.Text;

/// <summary>Finds the leftmost added token in a text, of those that begin there the longest.</summary>
/// <remarks>
/// The texts are sorted, so that those which agree with a text so far are neighbours and narrow down byte by byte.
/// That needs no memory beyond the texts, however many a stranger's file brings.
/// </remarks>
internal sealed class AddedTokenFinder
{
    private readonly AddedToken[] _sorted;
    private readonly SearchValues<byte> _firstBytes;

    /// <param name="tokens">The tokens, those without text left out; of equal texts the first counts.</param>
    public AddedTokenFinder(IEnumerable<AddedToken> tokens)
    {
        _sorted = [.. tokens.Where(token => token.Text.Length != 0)];
        Array.Sort(_sorted, (a, b) => a.Text.AsSpan().SequenceCompareTo(b.Text) is not 0 and var order ? order : a.Token - b.Token);
        _sorted = [.. _sorted.Where((token, i) => i == 0 || !token.Text.AsSpan().SequenceEqual(_sorted[i - 1].Text))];
        _firstBytes = SearchValues.Create([.. _sorted.Select(token => token.Text[0]).Distinct()]);
    }

    /// <summary>Whether there is nothing to find.</summary>
    public bool IsEmpty => _sorted.Length == 0;

    /// <summary>Finds the next token from a place on.</summary>
    public AddedToken? Find(ReadOnlySpan<byte> text, int from, out int start)
    {
        for (start = from; text[start..].IndexOfAny(_firstBytes) is >= 0 and var skipped; start++)
        {
            start += skipped;
            if (Longest(text[start..]) is { } found)
            {
                return found;
            }
        }

        start = text.Length;
        return null;
    }

    /// <summary>The longest token that a text begins with.</summary>
    public AddedToken? Longest(ReadOnlySpan<byte> text)
    {
        AddedToken? longest = null;
        var (first, end) = (0, _sorted.Length);
        for (var length = 0; length < text.Length; length++)
        {
            first = LowerBound(first, end, length, text[length]);
            end = LowerBound(first, end, length, text[length] + 1);
            if (first == end)
            {
                break;
            }

            // The shortest of those that agree comes first.
            if (_sorted[first].Text.Length == length + 1)
            {
                longest = _sorted[first++];
            }
        }

        return longest;
    }

    /// <summary>The first text from <paramref name="first"/> on whose byte at an index is not below one.</summary>
    private int LowerBound(int first, int end, int index, int value)
    {
        // Where most texts agree, the bound is where the range begins or ends.
        if (first == end || _sorted[end - 1].Text[index] < value)
        {
            return end;
        }

        // Or near: of tokens that begin alike, few end at each length.
        for (var step = 1; _sorted[first].Text[index] < value && first + step < end; step *= 2)
        {
            if (_sorted[first + step].Text[index] >= value)
            {
                end = first + step;
                break;
            }

            first += step;
        }

        while (first < end && _sorted[first].Text[index] < value)
        {
            var middle = first + ((end - first) / 2);
            (first, end) = _sorted[middle].Text[index] < value ? (middle + 1, end) : (first, middle);
        }

        return first;
    }
}
