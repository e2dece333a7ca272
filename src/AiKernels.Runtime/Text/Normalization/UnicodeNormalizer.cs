using System.Text;

namespace AiKernels.Runtime.Text;

/// <summary>A normalization form of Unicode.</summary>
/// <remarks>
/// Ours, and not <see cref="string.Normalize()"/>, which leaves text as it is in programs that are published without ICU,
/// and whose version of Unicode is the machine's. Source: Unicode Standard Annex 15.
/// </remarks>
internal sealed class UnicodeNormalizer(UnicodeForm form) : Normalizer
{
    public override bool Keeps(ReadOnlySpan<byte> text)
    {
        // Nothing below U+0300 composes, and U+0080 is the first that decomposes: 0xC2 and 0xCC begin them.
        var border = form == UnicodeForm.C ? (byte)0xCC : (byte)0x80;
        var at = text.IndexOfAnyInRange(border, byte.MaxValue);
        if (at < 0)
        {
            return true;
        }

        var data = UnicodeData.Instance;
        while (at < text.Length)
        {
            if (text[at] < 0x80)
            {
                at++;
            }
            else if (data.MayChange(Utf8Text.CodePoint(text, at, out var length), form))
            {
                return false;
            }
            else
            {
                at += length;
            }
        }

        return true;
    }

    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer target)
    {
        var data = UnicodeData.Instance;
        List<int> characters = [];
        for (var at = 0; at < text.Length;)
        {
            // What stays, and begins anew, is a border: nothing before it changes for what comes behind it.
            var codePoint = Utf8Text.CodePoint(text, at, out var length);
            if (!data.MayChange(codePoint, form) && characters.Count > 0)
            {
                Flush(characters, data, target);
            }

            data.Decompose(codePoint, form is UnicodeForm.KC or UnicodeForm.KD, characters);
            at += length;
        }

        Flush(characters, data, target);
    }

    private void Flush(List<int> characters, UnicodeData data, Utf8Buffer target)
    {
        Order(characters, data);
        if (form is UnicodeForm.C or UnicodeForm.KC)
        {
            Compose(characters, data);
        }

        foreach (var character in characters)
        {
            target.Append(new Rune(character));
        }

        characters.Clear();
    }

    /// <summary>Puts combining marks behind a character in the order of their classes; those of one class stay as they are.</summary>
    private static void Order(List<int> characters, UnicodeData data)
    {
        for (var start = 0; start < characters.Count; start++)
        {
            if (data.Class(characters[start]) == 0)
            {
                continue;
            }

            var end = start + 1;
            while (end < characters.Count && data.Class(characters[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                var sorted = characters.GetRange(start, end - start).OrderBy(data.Class).ToArray();
                for (var i = 0; i < sorted.Length; i++)
                {
                    characters[start + i] = sorted[i];
                }
            }

            start = end;
        }
    }

    private static void Compose(List<int> characters, UnicodeData data)
    {
        var (starter, lastClass, count) = (-1, 0, 0);
        for (var i = 0; i < characters.Count; i++)
        {
            var (character, ownClass) = (characters[i], data.Class(characters[i]));

            // A mark is blocked from its starter by one of its own class, or a higher one, in between.
            if (starter >= 0 && (lastClass < ownClass || count == starter + 1)
                && data.Composed(characters[starter], character) is { } composed)
            {
                characters[starter] = composed;
                continue;
            }

            (starter, lastClass) = ownClass == 0 ? (count, 0) : (starter, ownClass);
            characters[count++] = character;
        }

        characters.RemoveRange(count, characters.Count - count);
    }
}
