using System.Diagnostics;

namespace AiKernels.Runtime.Sampling;

/// <summary>
/// Tokens in the order of their logits, the largest first and the lower id first among equals. A token and its logit
/// are one sortable number, so that ranking compares integers and has no ties.
/// </summary>
/// <param name="vocabularySize">The most tokens.</param>
internal sealed class RankedLogits(int vocabularySize)
{
    private readonly ulong[] _keys = new ulong[vocabularySize];

    /// <summary>Tokens that were ranked.</summary>
    public int Count { get; private set; }

    /// <summary>The token at a rank.</summary>
    public int Token(int rank) => (int)(uint)_keys[rank];

    /// <summary>The logit at a rank.</summary>
    public float Logit(int rank)
    {
        var order = ~(uint)(_keys[rank] >> 32);
        var bits = (order & 0x8000_0000) != 0 ? order & 0x7FFF_FFFF : ~order;
        return BitConverter.UInt32BitsToSingle(bits);
    }

    /// <summary>Ranks the <paramref name="count"/> largest logits, at least one.</summary>
    public void Rank(ReadOnlySpan<float> logits, int count)
    {
        Debug.Assert(count > 0, "nothing to rank");
        Count = Math.Min(count, logits.Length);
        var heap = _keys.AsSpan(0, Count);
        for (var token = 0; token < Count; token++)
        {
            heap[token] = Key(logits[token], token);
        }

        if (Count < logits.Length)
        {
            KeepSmallest(heap, logits);
        }

        heap.Sort();
    }

    /// <summary>Replaces the largest of the heap whenever a smaller key comes.</summary>
    private static void KeepSmallest(Span<ulong> heap, ReadOnlySpan<float> logits)
    {
        for (var parent = (heap.Length / 2) - 1; parent >= 0; parent--)
        {
            SiftDown(heap, parent);
        }

        for (var token = heap.Length; token < logits.Length; token++)
        {
            var key = Key(logits[token], token);
            if (key < heap[0])
            {
                heap[0] = key;
                SiftDown(heap, 0);
            }
        }
    }

    private static void SiftDown(Span<ulong> heap, int parent)
    {
        while (true)
        {
            var child = (2 * parent) + 1;
            if (child >= heap.Length)
            {
                return;
            }

            child += child + 1 < heap.Length && heap[child + 1] > heap[child] ? 1 : 0;
            if (heap[parent] >= heap[child])
            {
                return;
            }

            (heap[parent], heap[child]) = (heap[child], heap[parent]);
            parent = child;
        }
    }

    /// <summary>Ascending keys are descending logits: a float's bits, made to order like an integer, and then inverted.</summary>
    private static ulong Key(float logit, int token)
    {
        // Adding zero turns -0 into 0, which it equals.
        var bits = BitConverter.SingleToUInt32Bits(float.IsNaN(logit) ? float.NegativeInfinity : logit + 0f);
        var order = (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
        return ((ulong)~order << 32) | (uint)token;
    }
}
