using System.Buffers.Binary;

namespace AiKernels.Runtime.Text;

/// <summary>What a SentencePiece model normalizes characters to: a trie of sequences, and the texts that replace them.</summary>
/// <remarks>
/// <para>Source: <c>precompiled_charsmap</c> of google/sentencepiece, whose trie is a double array of the library Darts-clone:
/// 32-bit units, the place of a child being the parent's offset XOR the byte.</para>
/// <para>Nothing in it is believed: a unit outside of the array ends a search, and texts end where the map does.</para>
/// </remarks>
internal sealed class CharacterMap
{
    // Of sequences and of the texts that replace them; the longest in use have some 40 bytes. A trie of a stranger's file may
    // have a circle in it.
    private const int Longest = 256;

    private readonly byte[] _bytes;
    private readonly int _units, _texts;

    /// <exception cref="InvalidDataException">The map is too short for what it says.</exception>
    public CharacterMap(byte[] bytes, string field)
    {
        _bytes = bytes;
        var length = bytes.Length < sizeof(uint) ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (length == 0 || length % sizeof(uint) != 0 || length > bytes.Length - sizeof(uint))
        {
            throw new InvalidDataException(
                $"{field} has {bytes.Length} bytes and says that its trie has {length}, which is no trie within it");
        }

        _units = (int)length / sizeof(uint);
        _texts = sizeof(uint) + (int)length;
    }

    /// <summary>Looks for a sequence that a text begins with.</summary>
    /// <param name="text">The text.</param>
    /// <param name="longest">Whether the longest is wanted, or else the shortest.</param>
    /// <param name="length">How long the sequence is.</param>
    /// <param name="replacement">What replaces it.</param>
    public bool TryFind(ReadOnlySpan<byte> text, bool longest, out int length, out ReadOnlySpan<byte> replacement)
    {
        var (found, value) = (0, 0u);
        var at = Offset(Unit(0));
        for (var i = 0; i < Math.Min(text.Length, Longest); i++)
        {
            at ^= text[i];
            if (at >= _units || text[i] == 0 || (Unit(at) & 0x800000FF) != text[i])
            {
                break;
            }

            var unit = Unit(at);
            at ^= Offset(unit);
            if (((unit >> 8) & 1) != 0 && at < _units)
            {
                (found, value) = (i + 1, Unit(at) & 0x7FFFFFFF);
                if (!longest)
                {
                    break;
                }
            }
        }

        length = found;
        replacement = found > 0 ? TextAt(value) : [];
        return found > 0;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & (1 << 9)) >> 6);

    private uint Unit(uint index) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(sizeof(uint) + ((int)index * sizeof(uint))));

    private ReadOnlySpan<byte> TextAt(uint offset)
    {
        if (offset >= _bytes.Length - _texts)
        {
            return [];
        }

        var text = _bytes.AsSpan(_texts + (int)offset);
        text = text[..Math.Min(text.Length, Longest)];
        var end = text.IndexOf((byte)0);
        text = end < 0 ? text : text[..end];
        return System.Text.Unicode.Utf8.IsValid(text) ? text : "\uFFFD"u8;
    }
}
