using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Text;

/// <summary>Characters of texts that are known to be valid UTF-8, which spares looking at most bytes twice.</summary>
internal static class Utf8Text
{
    /// <summary>How many bytes the character has that begins with <paramref name="first"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Length(byte first) => first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    /// <summary>The code point at a place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CodePoint(ReadOnlySpan<byte> text, int at, out int length)
    {
        int first = text[at];
        if (first < 0x80)
        {
            length = 1;
            return first;
        }

        if (first < 0xE0)
        {
            length = 2;
            return ((first & 0x1F) << 6) | (text[at + 1] & 0x3F);
        }

        if (first < 0xF0)
        {
            length = 3;
            return ((first & 0x0F) << 12) | ((text[at + 1] & 0x3F) << 6) | (text[at + 2] & 0x3F);
        }

        length = 4;
        return ((first & 0x07) << 18) | ((text[at + 1] & 0x3F) << 12) | ((text[at + 2] & 0x3F) << 6) | (text[at + 3] & 0x3F);
    }

    /// <summary>The code point that ends before a place, which is not the beginning.</summary>
    public static int CodePointBefore(ReadOnlySpan<byte> text, int end)
    {
        var start = end - 1;
        while (start > 0 && (text[start] & 0xC0) == 0x80)
        {
            start--;
        }

        return CodePoint(text, start, out _);
    }
}
