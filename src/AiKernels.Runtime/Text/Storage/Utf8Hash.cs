using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AiKernels.Runtime.Text;

/// <summary>A hash of short texts, seeded per process: neither a file nor a prompt can choose keys that collide.</summary>
/// <remarks>Both halves of a 128-bit product of the text, 16 bytes at a time, with secret numbers, as in wyhash.</remarks>
internal static class Utf8Hash
{
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64(), Secret = (ulong)Random.Shared.NextInt64() | 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of(ReadOnlySpan<byte> text)
    {
        var (length, seed) = (text.Length, Seed);
        ulong first, last;
        if (length > 16)
        {
            return OfLong(text);
        }

        // The two ends, which overlap where the text is shorter.
        if (length >= 8)
        {
            (first, last) = (MemoryMarshal.Read<ulong>(text), MemoryMarshal.Read<ulong>(text[(length - 8)..]));
        }
        else if (length >= 4)
        {
            (first, last) = (MemoryMarshal.Read<uint>(text), MemoryMarshal.Read<uint>(text[(length - 4)..]));
        }
        else
        {
            (first, last) = length == 0 ? (0UL, 0UL) : (text[0], ((ulong)text[length >> 1] << 8) | text[length - 1]);
        }

        return Final(first ^ seed, last ^ Secret ^ ((ulong)length << 56));
    }

    /// <summary>The hash of a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of(ulong number) => Final(Seed ^ number, Secret);

    private static uint OfLong(ReadOnlySpan<byte> text)
    {
        var hash = Seed ^ (ulong)text.Length;
        for (var rest = text; rest.Length > 16; rest = rest[16..])
        {
            hash = Fold(hash ^ MemoryMarshal.Read<ulong>(rest), Secret ^ MemoryMarshal.Read<ulong>(rest[8..]));
        }

        return Final(hash ^ MemoryMarshal.Read<ulong>(text[^16..]), Secret ^ MemoryMarshal.Read<ulong>(text[^8..]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Final(ulong a, ulong b)
    {
        var hash = Fold(a, b);
        return (uint)(hash ^ (hash >> 32));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }
}
