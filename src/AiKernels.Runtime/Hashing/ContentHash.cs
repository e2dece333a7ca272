using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AiKernels.Runtime.Hashing;

/// <summary>
/// A hash of 64 bits that tells changed bytes, as fast as memory gives them. It is no signature: whoever wants two texts
/// of one hash can make them.
/// </summary>
/// <remarks>
/// Eight lanes of 64 bits each take every eighth word of the first half, eight others of the second half, as xxHash's four
/// do: <c>h = rotate(h + word * second, 31) * prime</c>. For a given word this maps h one to one, and for a given h the
/// word, so that one changed word always changes its lane, whatever follows. Multiplication carries differences upwards
/// alone and rotation brings them down again; the word's own product keeps two changed bits from cancelling out. A
/// processor without products of 64 bits in vectors takes the halves one after the other, eight lanes in its registers.
/// </remarks>
internal static class ContentHash
{
    // xxHash's odd constants: no pattern in them, and half of the bits set.
    private const ulong Prime = 0x9E37_79B1_85EB_CA87, SecondPrime = 0xC2B2_AE3D_27D4_EB4F;
    private const int Rotation = 31, Lanes = 8, BlockBytes = Lanes * sizeof(ulong);

    /// <summary>Whether the processor has what makes this three times as fast.</summary>
    public static bool HasVectors => Avx512DQ.IsSupported;

    /// <summary>The hash of bytes; their number counts too.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes) => Of(bytes, HasVectors);

    /// <summary>The same, in vectors or not.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes, bool inVectors)
    {
        Span<ulong> lanes = stackalloc ulong[2 * Lanes];
        for (var i = 0; i < lanes.Length; i++)
        {
            lanes[i] = Prime * (ulong)(i + 1);
        }

        var half = bytes.Length / (2 * BlockBytes) * BlockBytes;
        var first = bytes[..half];
        var second = bytes.Slice(half, half);
        if (inVectors)
        {
            TakeBoth(MemoryMarshal.Cast<byte, Vector512<ulong>>(first), MemoryMarshal.Cast<byte, Vector512<ulong>>(second), lanes);
        }
        else
        {
            Take(MemoryMarshal.Cast<byte, ulong>(first), lanes[..Lanes]);
            Take(MemoryMarshal.Cast<byte, ulong>(second), lanes[Lanes..]);
        }

        return Finish(lanes, bytes[(2 * half)..], bytes.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // They run once over gigabytes, with no time to become fast.
    private static void Take(ReadOnlySpan<ulong> words, Span<ulong> lanes)
    {
        var (a, b, c, d, e, f, g, h) = (lanes[0], lanes[1], lanes[2], lanes[3], lanes[4], lanes[5], lanes[6], lanes[7]);
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

        ReadOnlySpan<ulong> taken = [a, b, c, d, e, f, g, h];
        taken.CopyTo(lanes);
    }

    /// <summary>Both halves at once: a register's chain of two steps takes longer than its instructions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TakeBoth(ReadOnlySpan<Vector512<ulong>> first, ReadOnlySpan<Vector512<ulong>> second, Span<ulong> lanes)
    {
        var (a, b) = (Vector512.Create<ulong>(lanes[..Lanes]), Vector512.Create<ulong>(lanes[Lanes..]));
        for (var i = 0; i < first.Length && i < second.Length; i++)
        {
            a = Step(a, first[i]);
            b = Step(b, second[i]);
        }

        a.CopyTo(lanes[..Lanes]);
        b.CopyTo(lanes[Lanes..]);
    }

    private static ulong Finish(ReadOnlySpan<ulong> lanes, ReadOnlySpan<byte> rest, int length)
    {
        Span<byte> padded = stackalloc byte[2 * BlockBytes];
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Step(Vector512<ulong> hash, Vector512<ulong> word) =>
        Avx512F.RotateLeft(hash + (word * Vector512.Create(SecondPrime)), Rotation) * Vector512.Create(Prime);
}
