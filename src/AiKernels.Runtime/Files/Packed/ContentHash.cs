using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AiKernels.Runtime.Files.Packed;

/// <summary>
/// A hash of 64 bits that tells changed bytes, as fast as memory gives them. It is no signature: whoever wants two texts
/// of one hash can make them.
/// </summary>
/// <remarks>
/// Eight lanes of 64 bits each take every eighth word, as xxHash's four do: <c>h = rotate(h + word * second, 31) * prime</c>.
/// For a given word this maps h one to one, and for a given h the word, so that one changed word always changes its lane,
/// whatever follows. Multiplication carries differences upwards alone and rotation brings them down again; the word's own
/// product keeps two changed bits from cancelling out. Scalar, because 64-bit products are: one a cycle on every processor.
/// </remarks>
internal static class ContentHash
{
    // xxHash's odd constants: no pattern in them, and half of the bits set.
    private const ulong Prime = 0x9E37_79B1_85EB_CA87, SecondPrime = 0xC2B2_AE3D_27D4_EB4F;
    private const int Rotation = 31, Lanes = 8, BlockBytes = Lanes * sizeof(ulong);

    /// <summary>The hash of bytes; their number counts too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // It runs once over gigabytes, with no time to become fast.
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        ulong a = Prime, b = a + Prime, c = b + Prime, d = c + Prime, e = d + Prime, f = e + Prime, g = f + Prime, h = g + Prime;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        for (; words.Length >= Lanes; words = words[Lanes..])
        {
            h = Step(h, words[7]); // The last first, which spares seven range checks.
            a = Step(a, words[0]);
            b = Step(b, words[1]);
            c = Step(c, words[2]);
            d = Step(d, words[3]);
            e = Step(e, words[4]);
            f = Step(f, words[5]);
            g = Step(g, words[6]);
        }

        return Finish([a, b, c, d, e, f, g, h], bytes[(bytes.Length / BlockBytes * BlockBytes)..], bytes.Length);
    }

    private static ulong Finish(ReadOnlySpan<ulong> lanes, ReadOnlySpan<byte> rest, int length)
    {
        Span<byte> padded = stackalloc byte[BlockBytes];
        padded.Clear();
        rest.CopyTo(padded);
        var hash = Step(SecondPrime, (ulong)length);
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(padded))
        {
            hash = Step(hash, word);
        }

        foreach (var lane in lanes)
        {
            hash = Step(hash, lane);
        }

        hash = (hash ^ (hash >> 32)) * SecondPrime;
        return hash ^ (hash >> 29);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Step(ulong hash, ulong word) => BitOperations.RotateLeft(hash + (word * SecondPrime), Rotation) * Prime;
}
