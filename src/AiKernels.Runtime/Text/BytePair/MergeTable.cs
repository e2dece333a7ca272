using System.Numerics;
using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Text;

/// <summary>Which neighbouring tokens join to a longer one, and in what order: the lowest rank first.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank of two tokens that don't join; no other is as high.</summary>
    public const int NoRank = int.MaxValue;

    // Looking for the merges of a token reads its text once for each place where it could be split. The largest
    // vocabularies, of 262,144 tokens, have some 600,000 merges and read some 30 MB.
    private const long MostRead = 256L << 20;
    private const int MostMerges = 4 << 20, MostExpected = 1 << 20;

    // Linear probing, at most two thirds full.
    private Slot[] _slots;
    private int _count;

    private MergeTable(int capacity)
    {
        // It grows, so that a file pays in good merges for what it announces.
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(capacity + (capacity / 2), 2, MostExpected))];
    }

    /// <summary>The rank of a pair, and the token that it joins to; <see cref="NoRank"/> if it doesn't.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
    public (int Rank, int Token) Find(int left, int right)
    {
        ref var slot = ref SlotOf(Pair(left, right));
        return slot.Pair != 0 ? (slot.Rank, slot.Token) : (NoRank, 0);
    }

    /// <summary>Merges as vocabularies list them, best first, each as "left right".</summary>
    /// <param name="merges">The list.</param>
    /// <param name="tokens">The tokens that merges may use and make.</param>
    /// <param name="withheld">Those that they may not. A merge that names one is left out: no text may become a control token.</param>
    /// <param name="isByteLevel">Whether the list is written in the byte alphabet.</param>
    /// <exception cref="InvalidDataException">A merge is not two tokens that join to a third.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // One pass over all merges, while a model loads.
    public static MergeTable FromList(Utf8Texts merges, TokenIndex tokens, TokenIndex withheld, bool isByteLevel)
    {
        var table = new MergeTable(merges.Count);
        var parser = new MergeParser(tokens, withheld, isByteLevel);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            switch (parser.Parse(merges[rank], out var left, out var right, out var joined))
            {
                case MergeKind.Good:
                    // Of two equal merges only the first can ever be the better one.
                    table.TryAdd(left, right, rank, joined);
                    break;
                case MergeKind.Bad:
                    throw new InvalidDataException(
                        $"tokenizer.ggml.merges[{rank}] does not name two tokens of the vocabulary that join to a third");
            }
        }

        return table;
    }

    /// <summary>Merges as SentencePiece and tiktoken imply them: any two tokens whose texts join to a token.</summary>
    /// <param name="ranks">Each token's rank, the lowest first. Among equal ones the leftmost pair goes first.</param>
    /// <param name="tokens">The tokens that join, and that are joined to.</param>
    /// <remarks>A token with a character that is no token itself has no merges and is never produced.</remarks>
    /// <exception cref="InvalidDataException">The tokens are so long, or join in so many ways, that no vocabulary is like it.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static MergeTable FromRanks(int[] ranks, TokenIndex tokens)
    {
        var toRead = 0L;
        foreach (var token in tokens.Tokens)
        {
            toRead += (long)tokens.Text(token).Length * tokens.Text(token).Length;
        }

        if (toRead > MostRead)
        {
            throw new InvalidDataException("tokenizer.ggml.tokens has more long tokens than any vocabulary");
        }

        var table = new MergeTable(2 * tokens.Tokens.Count);
        foreach (var token in tokens.Tokens)
        {
            var text = tokens.Text(token);
            for (var split = 1; split < text.Length; split++)
            {
                if (tokens.TryGet(text[..split], out var left) && tokens.TryGet(text[split..], out var right))
                {
                    table.TryAdd(left, right, ranks[token], token);
                }
            }

            if (table._count > MostMerges)
            {
                throw new InvalidDataException("tokenizer.ggml.tokens has tokens that join in more ways than any vocabulary's");
            }
        }

        return table;
    }

    /// <summary>Ranks by scores: the best score has the lowest one, equal scores have equal ones.</summary>
    public static int[] RanksOf(IReadOnlyList<float> scores)
    {
        var (order, keys) = (new int[scores.Count], new float[scores.Count]);
        for (var token = 0; token < order.Length; token++)
        {
            (order[token], keys[token]) = (token, -scores[token]);
        }

        Array.Sort(keys, order);
        var ranks = new int[order.Length];
        for (var i = 1; i < order.Length; i++)
        {
            ranks[order[i]] = ranks[order[i - 1]] + (keys[i] == keys[i - 1] ? 0 : 1);
        }

        return ranks;
    }

    // As one number plus one: zero is an empty slot's.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Pair(int left, int right) => (((ulong)(uint)left << 32) | (uint)right) + 1;

    /// <summary>The slot of a pair, or the one where it would go.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Slot SlotOf(ulong pair)
    {
        var slots = _slots;
        for (var at = Utf8Hash.Of(pair); ; at++)
        {
            ref var slot = ref slots[(int)(at & (uint)(slots.Length - 1))];
            if (slot.Pair == pair || slot.Pair == 0)
            {
                return ref slot;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TryAdd(int left, int right, int rank, int token)
    {
        ref var slot = ref SlotOf(Pair(left, right));
        if (slot.Pair != 0)
        {
            return;
        }

        slot = new(Pair(left, right), rank, token);
        _count++;
        if (_count > _slots.Length / 3 * 2)
        {
            Grow();
        }
    }

    private void Grow()
    {
        var slots = _slots;
        _slots = new Slot[2 * slots.Length];
        foreach (var slot in slots)
        {
            if (slot.Pair != 0)
            {
                SlotOf(slot.Pair) = slot;
            }
        }
    }

    private readonly record struct Slot(ulong Pair, int Rank, int Token);
}
