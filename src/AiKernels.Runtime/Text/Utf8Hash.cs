using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AiKernels.Runtime.Text;

/// <summary>A hash of short texts, seeded per process: neither a file nor a prompt can choose keys that collide.</summary>
/// <remarks>Both halves of a 128-bit product of the text, 8 bytes at a time, with secret numbers, as in wyhash.</remarks>
internal static class Utf8Hash
{
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64(), Secret = (ulong)Random.Shared.NextInt64() | 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of(ReadOnlySpan<byte> text)
    {
        var hash = Seed ^ (ulong)text.Length;
        for (; text.Length > sizeof(ulong); text = text[sizeof(ulong)..])
        {
            hash = Fold(hash ^ MemoryMarshal.Read<ulong>(text));
        }

        var rest = 0UL;
        foreach (var value in text)
        {
            rest = (rest << 8) | value;
        }

        hash = Fold(hash ^ rest);
        return (uint)(hash ^ (hash >> 32));
    }

    /// <summary>The hash of a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of(ulong number)
    {
        var hash = Fold(Seed ^ number);
        return (uint)(hash ^ (hash >> 32));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong value)
    {
        var high = Math.BigMul(value, Secret, out ulong low);
        return high ^ low;
    }
}
