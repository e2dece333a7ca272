namespace AiKernels.Runtime.Templates.Library;

/// <summary>
/// Finds a text in another. .NET's own search takes a time of both lengths' product where they are made for it; it is used
/// where the one looked for is short, else Knuth, Morris and Pratt's, whose time is the lengths' sum.
/// </summary>
internal static class TextSearch
{
    private const int Short = 32;

    /// <summary>The first place at or after <paramref name="start"/>, or -1.</summary>
    public static int First(Rendering run, string text, string part, int start)
    {
        if (part.Length > text.Length - start)
        {
            return -1;
        }

        var found = part.Length <= Short
            ? text.AsSpan(start).IndexOf(part)
            : Find(run, part.Length, text.Length - start, i => part[i], i => text[start + i]);
        run.Read(found < 0 ? text.Length - start : found);
        return found < 0 ? -1 : start + found;
    }

    /// <summary>The last place that ends at or before <paramref name="end"/>, or -1.</summary>
    public static int Last(Rendering run, string text, string part, int end)
    {
        if (part.Length > end)
        {
            return -1;
        }

        if (part.Length <= Short)
        {
            var place = text.AsSpan(0, end).LastIndexOf(part);
            run.Read(place < 0 ? end : end - place);
            return place;
        }

        var found = Find(run, part.Length, end, i => part[part.Length - 1 - i], i => text[end - 1 - i]);
        return found < 0 ? -1 : end - found - part.Length;
    }

    // Where the longest beginning of the part that ends before a character continues, if that character doesn't fit.
    private static int Find(Rendering run, int partLength, int textLength, Func<int, char> part, Func<int, char> text)
    {
        run.Step(partLength);
        var borders = new int[partLength];
        for (int i = 1, matched = 0; i < partLength; i++)
        {
            matched = Extend(part, borders, matched, part(i));
            borders[i] = matched;
        }

        for (int i = 0, matched = 0; i < textLength; i++)
        {
            matched = Extend(part, borders, matched, text(i));
            if (matched == partLength)
            {
                run.Step(i);
                return i + 1 - partLength;
            }
        }

        run.Step(textLength);
        return -1;
    }

    private static int Extend(Func<int, char> part, int[] borders, int matched, char next)
    {
        while (matched > 0 && part(matched) != next)
        {
            matched = borders[matched - 1];
        }

        return part(matched) == next ? matched + 1 : matched;
    }
}
