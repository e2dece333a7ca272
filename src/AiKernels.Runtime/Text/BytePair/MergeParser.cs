using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Text;

/// <summary>What a line of a list of merges says.</summary>
internal enum MergeKind
{
    /// <summary>It does not name two tokens that join to a third.</summary>
    Bad,

    /// <summary>It names a token that text may not become.</summary>
    Withheld,

    /// <summary>Two tokens join.</summary>
    Good,
}

/// <summary>Reads merges, each as "left right".</summary>
internal sealed class MergeParser(TokenIndex tokens, TokenIndex withheld, bool isByteLevel)
{
    // Two tokens and a space.
    private const int LongestMerge = (2 * VocabularyCheck.LongestToken) + 1;

    private readonly byte[] _joined = new byte[LongestMerge];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Called for every merge, while a model loads.
    public MergeKind Parse(ReadOnlySpan<byte> merge, out int left, out int right, out int joined)
    {
        (left, right, joined) = (0, 0, 0);
        if (merge.Length > LongestMerge)
        {
            return MergeKind.Bad;
        }

        // Outside the byte alphabet tokens may have spaces themselves. Then the first place that makes sense is meant.
        for (var space = NextSpace(merge, 0); space > 0; space = NextSpace(merge, space))
        {
            if (Parse(merge[..space], merge[(space + 1)..], out left, out right, out joined) is not MergeKind.Bad and var kind)
            {
                return kind;
            }
        }

        return MergeKind.Bad;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int NextSpace(ReadOnlySpan<byte> merge, int after)
    {
        var next = after + 1 < merge.Length ? merge[(after + 1)..].IndexOf((byte)' ') : -1;
        return next < 0 ? -1 : after + 1 + next;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private MergeKind Parse(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, out int left, out int right, out int joined)
    {
        // One behind the other, so that the joint text is there too.
        var middle = Spell(first, _joined);
        var end = middle < 0 ? -1 : Spell(second, _joined.AsSpan(middle));
        if (end < 0)
        {
            (left, right, joined) = (0, 0, 0);
            return MergeKind.Bad;
        }

        var whole = _joined.AsSpan(0, middle + end);
        var a = whole[..middle];
        var b = whole[middle..];
        var isGood = tokens.TryGet(a, out left) & tokens.TryGet(b, out right) & tokens.TryGet(whole, out joined);
        return isGood ? MergeKind.Good : IsToken(a) && IsToken(b) && IsToken(whole) ? MergeKind.Withheld : MergeKind.Bad;
    }

    private bool IsToken(ReadOnlySpan<byte> text) => tokens.TryGet(text, out _) || withheld.TryGet(text, out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Spell(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        if (isByteLevel)
        {
            return ByteAlphabet.Decode(text, bytes);
        }

        text.CopyTo(bytes);
        return text.Length;
    }
}
