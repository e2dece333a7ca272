using AiKernels.Cache;
using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>The softmax state of one row of a tile, which four neighbouring threads make together and all of them hold.</summary>
internal struct RowSoftmax
{
    /// <summary>Threads of a row.</summary>
    public const int Threads = 4;

    private readonly int _row, _length;
    private float _maximum, _sum;
    private StateMerge _merge;

    /// <param name="row">The row.</param>
    /// <param name="length">Positions that it sees.</param>
    public RowSoftmax(int row, int length)
    {
        (_row, _length) = (row, length);
        (_maximum, _sum) = (0, 0);
        _merge = default;
    }

    private static int Part => Group.IdxX & (Threads - 1);

    /// <summary>With a segment's maximum; it, and what it does to the sums so far, goes to all threads.</summary>
    public readonly RowSoftmax Maximum(int start, bool isFirst, ArrayView<float> scores, AttentionRows shared)
    {
        // The first one that none after it exceeds, so that NaN counts as the definition says, whoever looks at which.
        var (count, largest) = (Count(start), scores[_row]);
        for (var p = Part; p < count; p += Threads)
        {
            largest = Larger(largest, scores[(p * Sixteen.Count) + _row]);
        }

        largest = Larger(largest, Warp.ShuffleXor(largest, 1));
        largest = Larger(largest, Warp.ShuffleXor(largest, 2));
        var next = this;
        if (count > 0)
        {
            next._merge = new StateMerge(isFirst ? largest : _maximum, largest);
            next._maximum = next._merge.Maximum;
        }

        if (Part == 0)
        {
            shared.Put(_row, count, largest, next._merge);
        }

        return next;
    }

    /// <summary>With a segment's sum of weights.</summary>
    public readonly RowSoftmax Sum(int start, bool isFirst, ArrayView<float> weights)
    {
        // Each of the four has every fourth of the 16 partial sums, see docs/ARITHMETIC.md.
        var count = Count(start);
        var sum = DeviceMath.Add(
            DeviceMath.Add(Partial(weights, Part, count), Partial(weights, Part + 8, count)),
            DeviceMath.Add(Partial(weights, Part + 4, count), Partial(weights, Part + 12, count)));
        sum = DeviceMath.Add(sum, Warp.ShuffleXor(sum, 2));
        sum = DeviceMath.Add(sum, Warp.ShuffleXor(sum, 1));
        var next = this;
        next._sum = isFirst ? sum : count > 0 ? _merge.Join(_sum, sum) : _sum;
        return next;
    }

    /// <summary>Puts m and l in front of the row's channels.</summary>
    public readonly void Put(ArrayView<float> states, long first, int length)
    {
        if (Part == 0)
        {
            states[first + ((long)_row * length)] = _maximum;
            states[first + ((long)_row * length) + 1] = _sum;
        }
    }

    /// <summary>Puts the sum of all segments where all threads see it.</summary>
    public readonly void Leave(ArrayView<float> sums)
    {
        if (Part == 0)
        {
            sums[_row] = _sum;
        }
    }

    private readonly int Count(int start) => IntrinsicMath.Max(0, IntrinsicMath.Min(KeyValueShape.SegmentLength, _length - start));

    private static float Larger(float largest, float other) => other > largest ? other : largest;

    private readonly float Partial(ArrayView<float> weights, int first, int count)
    {
        var sum = 0f;
        for (var p = first; p < count; p += PartialSums.Count)
        {
            sum = DeviceMath.Add(sum, weights[(p * Sixteen.Count) + _row]);
        }

        return sum;
    }
}
