using System.Runtime.InteropServices;

namespace AiKernels;

/// <summary>
/// A number and its place in a row, in the order of a ranking: the largest number first, the lower place first among
/// equals. NaN ranks, and counts, as minus infinity, and -0 as 0.
/// </summary>
/// <param name="Key">Both as one number: ascending keys are the ranking's order, which has no ties.</param>
public readonly record struct RankedValue(ulong Key)
{
    private const uint Sign = 0x8000_0000, NegativeInfinity = 0xFF80_0000;

    /// <summary>A number at a place.</summary>
    public RankedValue(float value, int index)
        : this(KeyOf(value, index))
    {
    }

    /// <summary>The place.</summary>
    public int Index => (int)(uint)Key;

    /// <summary>The number.</summary>
    public float Value
    {
        get
        {
            var order = ~(uint)(Key >> 32);
            return BitConverter.UInt32BitsToSingle((order & Sign) != 0 ? order & ~Sign : ~order);
        }
    }

    /// <summary>The key of a number at a place: its bits, made to order like an integer, then inverted, above the place.</summary>
    public static ulong KeyOf(float value, int index)
    {
        // Only what also compiles for GPUs.
        var bits = (uint)BitConverter.SingleToInt32Bits(value);
        bits = (bits & ~Sign) > (NegativeInfinity & ~Sign) ? NegativeInfinity : bits == Sign ? 0 : bits;
        var order = (bits & Sign) != 0 ? ~bits : bits | Sign;
        return ((ulong)~order << 32) | (uint)index;
    }

    /// <summary>Ranks the largest of some numbers, as many as there is room for.</summary>
    /// <exception cref="ArgumentException">There are fewer numbers.</exception>
    public static void Largest(ReadOnlySpan<float> values, Span<RankedValue> largest)
    {
        if (largest.Length > values.Length)
        {
            throw new ArgumentException($"{values.Length} numbers have no {largest.Length} largest");
        }

        var heap = MemoryMarshal.Cast<RankedValue, ulong>(largest);
        for (var i = 0; i < heap.Length; i++)
        {
            heap[i] = KeyOf(values[i], i);
        }

        if (heap.Length < values.Length && !heap.IsEmpty)
        {
            KeepSmallest(heap, values);
        }

        heap.Sort();
    }

    /// <summary>Replaces the largest of the heap whenever a smaller key comes.</summary>
    private static void KeepSmallest(Span<ulong> heap, ReadOnlySpan<float> values)
    {
        for (var parent = (heap.Length / 2) - 1; parent >= 0; parent--)
        {
            SiftDown(heap, parent);
        }

        for (var i = heap.Length; i < values.Length; i++)
        {
            var key = KeyOf(values[i], i);
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
}
