using System.Text;

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

    /// <summary>The bytes that <paramref name="text"/> (UTF-8) spells, or null if it has a character outside the alphabet.</summary>
    public static byte[]? Decode(ReadOnlySpan<byte> text)
    {
        var bytes = new byte[text.Length];
        var count = 0;
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(text, out var rune, out var length) != System.Buffers.OperationStatus.Done
                || rune.Value >= ByteOf.Length || ByteOf[rune.Value] < 0)
            {
                return null;
            }

            bytes[count++] = (byte)ByteOf[rune.Value];
            text = text[length..];
        }

        return bytes[..count];
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
