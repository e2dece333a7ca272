using System.Numerics;
using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Text;

/// <summary>Which neighbouring tokens join to a longer one, and in what order: the lowest rank first.</summary>
internal sealed class MergeTable
{
    // Looking for the merges of a token reads its text once for each place where it could be split. The largest
    // vocabularies, of 262,144 tokens, have some 600,000 merges and read some 30 MB.
    private const long MostRead = 256L << 20;
    private const int MostMerges = 4 << 20, MostExpected = 1 << 20;

    // Linear probing, at most two thirds full. The pair as one number plus one, and zero where there is none.
    private ulong[] _pairs;
    private (int Rank, int Token)[] _merges;
    private int _count;

    private MergeTable(int capacity)
    {
        // It grows, so that a file pays in good merges for what it announces.
        var slots = BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(capacity + (capacity / 2), 2, MostExpected));
        (_pairs, _merges) = (new ulong[slots], new (int, int)[slots]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryGet(int left, int right, out (int Rank, int Token) merge)
    {
        var found = Find(Pair(left, right), out var slot);
        merge = _merges[slot];
        return found;
    }

    /// <summary>Merges as a byte-level vocabulary lists them, best first, each as "left right" in the byte alphabet.</summary>
    /// <exception cref="InvalidDataException">A merge is not two tokens that join to a third.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // One pass over all merges, while a model loads.
    public static MergeTable FromList(Utf8Texts merges, TokenIndex tokens)
    {
        var table = new MergeTable(merges.Count);
        var joined = new byte[64];
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var merge = merges[rank];
            joined = joined.Length < merge.Length ? new byte[2 * merge.Length] : joined;
            var space = merge.IndexOf((byte)' ');

            // One behind the other, so that the joint text is there too.
            var left = space <= 0 ? -1 : ByteAlphabet.Decode(merge[..space], joined);
            var right = left < 0 ? -1 : ByteAlphabet.Decode(merge[(space + 1)..], joined.AsSpan(left));
            if (right < 0
                || !tokens.TryGet(joined.AsSpan(0, left), out var leftToken)
                || !tokens.TryGet(joined.AsSpan(left, right), out var rightToken)
                || !tokens.TryGet(joined.AsSpan(0, left + right), out var token))
            {
                throw new InvalidDataException(
                    $"tokenizer.ggml.merges[{rank}] does not name two tokens of the vocabulary that join to a third");
            }

            // Of two equal merges only the first can ever be the better one.
            table.TryAdd(leftToken, rightToken, (rank, token));
        }

        return table;
    }

    /// <summary>Merges as SentencePiece implies them: any two tokens whose texts join to a token, best score first.</summary>
    /// <remarks>
    /// Equal scores give equal ranks, so that the leftmost pair goes first among them. A token with a character that is
    /// no token itself has no merges and is never produced.
    /// </remarks>
    /// <exception cref="InvalidDataException">The tokens are so long, or join in so many ways, that no vocabulary is like it.</exception>
    public static MergeTable FromScores(IReadOnlyList<float> scores, TokenIndex tokens)
    {
        if (tokens.Tokens.Sum(token => (long)tokens.Text(token).Length * tokens.Text(token).Length) > MostRead)
        {
            throw new InvalidDataException("tokenizer.ggml.tokens has more long tokens than any vocabulary");
        }

        var ranks = Ranks(scores);
        var table = new MergeTable(4 * tokens.Tokens.Count);
        foreach (var token in tokens.Tokens)
        {
            var text = tokens.Text(token);
            for (var split = 1; split < text.Length; split++)
            {
                if (tokens.TryGet(text[..split], out var left) && tokens.TryGet(text[split..], out var right))
                {
                    table.TryAdd(left, right, (ranks[token], token));
                }
            }

            if (table._count > MostMerges)
            {
                throw new InvalidDataException("tokenizer.ggml.tokens has tokens that join in more ways than any vocabulary's");
            }
        }

        return table;
    }

    private static ulong Pair(int left, int right) => (((ulong)(uint)left << 32) | (uint)right) + 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Find(ulong pair, out uint slot)
    {
        var mask = (uint)_pairs.Length - 1;
        for (slot = Utf8Hash.Of(pair) & mask; _pairs[slot] != 0; slot = (slot + 1) & mask)
        {
            if (_pairs[slot] == pair)
            {
                return true;
            }
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TryAdd(int left, int right, (int Rank, int Token) merge)
    {
        if (Find(Pair(left, right), out var slot))
        {
            return;
        }

        (_pairs[slot], _merges[slot]) = (Pair(left, right), merge);
        _count++;
        if (_count > _pairs.Length / 3 * 2)
        {
            Grow();
        }
    }

    private void Grow()
    {
        var (pairs, merges) = (_pairs, _merges);
        (_pairs, _merges) = (new ulong[2 * pairs.Length], new (int, int)[2 * pairs.Length]);
        for (var i = 0; i < pairs.Length; i++)
        {
            if (pairs[i] != 0)
            {
                Find(pairs[i], out var slot);
                (_pairs[slot], _merges[slot]) = (pairs[i], merges[i]);
            }
        }
    }

    private static int[] Ranks(IReadOnlyList<float> scores)
    {
        var order = new int[scores.Count];
        for (var token = 0; token < order.Length; token++)
        {
            order[token] = token;
        }

        Array.Sort(order, (a, b) => scores[b].CompareTo(scores[a]));
        var ranks = new int[order.Length];
        for (var i = 1; i < order.Length; i++)
        {
            var isEqual = scores[order[i]].CompareTo(scores[order[i - 1]]) == 0;
            ranks[order[i]] = ranks[order[i - 1]] + (isEqual ? 0 : 1);
        }

        return ranks;
    }
}
