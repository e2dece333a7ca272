using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Text;

/// <summary>
/// The 256 printable characters under which byte-level vocabularies write bytes: a printable Latin-1 byte is its own
/// character, the others are numbered from U+0100 on, so a space is written U+0120.
/// </summary>
/// <remarks>Source: <c>bytes_to_unicode</c> of OpenAI's GPT-2 encoder.</remarks>
internal static class ByteAlphabet
{
    private const int First = 0x100;
    private static readonly short[] ByteOf = BuildByteOf();
    private static readonly short[] CharacterOf = BuildCharacterOf();

    /// <summary>Writes the bytes that <paramref name="text"/> (UTF-8) spells.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">Receives them; as long as the text is long enough.</param>
    /// <returns>How many they are, or -1 if the text has a character outside the alphabet.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Called for every token and merge, while a model loads.
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            // No character of the alphabet takes more than two bytes.
            int character = text[i];
            if (character >= 0x80)
            {
                if (character is < 0xC2 or > 0xDF || i + 1 == text.Length || (text[i + 1] & 0xC0) != 0x80)
                {
                    return -1;
                }

                character = ((character & 0x1F) << 6) | (text[++i] & 0x3F);
            }

            if (character >= ByteOf.Length || ByteOf[character] < 0)
            {
                return -1;
            }

            bytes[count++] = (byte)ByteOf[character];
        }

        return count;
    }

    /// <summary>Spells bytes, in UTF-8.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> bytes)
    {
        var spelt = new byte[2 * bytes.Length];
        var count = 0;
        foreach (var value in bytes)
        {
            var character = CharacterOf[value];
            if (character >= 0x80)
            {
                spelt[count++] = (byte)(0xC0 | (character >> 6));
                spelt[count++] = (byte)(0x80 | (character & 0x3F));
            }
            else
            {
                spelt[count++] = (byte)character;
            }
        }

        return spelt[..count];
    }

    private static short[] BuildCharacterOf()
    {
        var characterOf = new short[256];
        for (var character = 0; character < ByteOf.Length; character++)
        {
            if (ByteOf[character] >= 0)
            {
                characterOf[ByteOf[character]] = (short)character;
            }
        }

        return characterOf;
    }

    private static short[] BuildByteOf()
    {
        var byteOf = new short[First + 256];
        Array.Fill(byteOf, (short)-1);
        var next = First;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            byteOf[printable ? value : next++] = (short)value;
        }

        return byteOf[..next];
    }
}
