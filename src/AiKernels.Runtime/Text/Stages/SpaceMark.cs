namespace AiKernels.Runtime.Text;

/// <summary>The character under which vocabularies write spaces: U+2581.</summary>
internal static class SpaceMark
{
    public const char Character = '\u2581';

    public static ReadOnlySpan<byte> Utf8 => "\u2581"u8;

    /// <summary>Copies a text with a mark in the place of each space.</summary>
    public static void Write(ReadOnlySpan<byte> text, ReadOnlySpan<byte> mark, Utf8Buffer target)
    {
        for (var space = text.IndexOf((byte)' '); space >= 0; space = text.IndexOf((byte)' '))
        {
            target.Append(text[..space]);
            target.Append(mark);
            text = text[(space + 1)..];
        }

        target.Append(text);
    }

    /// <summary>Copies a text with a space in the place of each mark.</summary>
    public static void Read(ReadOnlySpan<byte> text, Utf8Buffer target)
    {
        for (var mark = text.IndexOf(Utf8); mark >= 0; mark = text.IndexOf(Utf8))
        {
            target.Append(text[..mark]);
            target.Append((byte)' ');
            text = text[(mark + Utf8.Length)..];
        }

        target.Append(text);
    }

    /// <summary>Whether a mark comes behind another character.</summary>
    public static bool IsInside(ReadOnlySpan<byte> text)
    {
        while (text.StartsWith(Utf8))
        {
            text = text[Utf8.Length..];
        }

        return text.IndexOf(Utf8) >= 0;
    }
}
