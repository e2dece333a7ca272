using AiKernels.Cache;
using AiKernels.Cpu.Simd;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>
/// Causal attention of a token's query heads that share a key/value head. An item is a token and a key/value head.
/// </summary>
internal readonly unsafe struct Attention<TElement, TSimd, TRegister>(
    Matrix q, CpuKeyValueCache cache, int layer, Batch batch, float scale, Matrix y) : IWork
    where TElement : unmanaged, IFloatFormat<TElement>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const int Segment = KeyValueShape.SegmentLength;

    public void Run(int item)
    {
        var shape = cache.Shape;
        int token = item / shape.Heads, head = item % shape.Heads;
        var group = q.Columns / (shape.Heads * shape.HeadLength);
        for (var member = 0; member < group; member++)
        {
            var channel = ((head * group) + member) * shape.HeadLength;
            Attend(token, head, q.Row(token) + channel, y.Row(token) + channel);
        }
    }

    private void Attend(int token, int head, float* query, float* output)
    {
        var shape = cache.Shape;
        var length = shape.HeadLength;
        var pages = batch.Tables[token].Pages;
        var positions = batch.Positions[token] + 1;
        var weights = stackalloc float[Segment];
        var segmentOutput = stackalloc float[length];

        var state = default(SoftmaxState);
        for (var start = 0; start < positions; start += Segment)
        {
            var slot = start % shape.PageLength;
            var keys = (TElement*)cache.Head(pages[start / shape.PageLength], layer, head);
            var values = keys + shape.HeadElements + (slot * length);
            var count = Math.Min(Segment, positions - start);

            Scores(query, keys + slot, weights);
            var segment = SegmentSoftmax<TSimd, TRegister>.Run(weights, count);
            WeightedSum(weights, count, values, start == 0 ? output : segmentOutput);
            state = start == 0 ? segment : Merge(state, output, segment, segmentOutput);
        }

        var d = Divide<TSimd, TRegister>(output, state.Sum, 0);
        Divide<Scalar, int>(output, state.Sum, d);
    }

    /// <summary>scale * sum over d of q[d] k[d], d ascending, for all 64 positions; stale ones are not looked at later.</summary>
    private void Scores(float* query, TElement* keys, float* scores)
    {
        var factor = TSimd.Broadcast(scale);
        for (var p = 0; p < Segment; p += 4 * TSimd.Lanes)
        {
            TRegister a = TSimd.Broadcast(0f), b = a, c = a, e = a;
            var key = keys + p;
            for (var d = 0; d < cache.Shape.HeadLength; d++, key += cache.Shape.PageLength)
            {
                var channel = TSimd.Broadcast(query[d]);
                a = TSimd.MultiplyAdd(channel, Lanes<TSimd, TRegister>.LoadFloats(key), a);
                b = TSimd.MultiplyAdd(channel, Lanes<TSimd, TRegister>.LoadFloats(key + TSimd.Lanes), b);
                c = TSimd.MultiplyAdd(channel, Lanes<TSimd, TRegister>.LoadFloats(key + (2 * TSimd.Lanes)), c);
                e = TSimd.MultiplyAdd(channel, Lanes<TSimd, TRegister>.LoadFloats(key + (3 * TSimd.Lanes)), e);
            }

            TSimd.Store(scores + p, TSimd.Multiply(a, factor));
            TSimd.Store(scores + p + TSimd.Lanes, TSimd.Multiply(b, factor));
            TSimd.Store(scores + p + (2 * TSimd.Lanes), TSimd.Multiply(c, factor));
            TSimd.Store(scores + p + (3 * TSimd.Lanes), TSimd.Multiply(e, factor));
        }
    }

    /// <summary>o[d] = sum over p of weight[p] v[p][d], p ascending.</summary>
    private void WeightedSum(float* weights, int count, TElement* values, float* output)
    {
        var length = cache.Shape.HeadLength;
        var d = 0;
        for (; d + (4 * TSimd.Lanes) <= length; d += 4 * TSimd.Lanes)
        {
            TRegister a = TSimd.Broadcast(0f), b = a, c = a, e = a;
            var value = values + d;
            for (var p = 0; p < count; p++, value += length)
            {
                var weight = TSimd.Broadcast(weights[p]);
                a = TSimd.MultiplyAdd(weight, Lanes<TSimd, TRegister>.LoadFloats(value), a);
                b = TSimd.MultiplyAdd(weight, Lanes<TSimd, TRegister>.LoadFloats(value + TSimd.Lanes), b);
                c = TSimd.MultiplyAdd(weight, Lanes<TSimd, TRegister>.LoadFloats(value + (2 * TSimd.Lanes)), c);
                e = TSimd.MultiplyAdd(weight, Lanes<TSimd, TRegister>.LoadFloats(value + (3 * TSimd.Lanes)), e);
            }

            TSimd.Store(output + d, a);
            TSimd.Store(output + d + TSimd.Lanes, b);
            TSimd.Store(output + d + (2 * TSimd.Lanes), c);
            TSimd.Store(output + d + (3 * TSimd.Lanes), e);
        }

        d = WeightedSumTail<TSimd, TRegister>(weights, count, values, output, d);
        WeightedSumTail<Scalar, int>(weights, count, values, output, d);
    }

    private int WeightedSumTail<TLanes, TAny>(float* weights, int count, TElement* values, float* output, int d)
        where TLanes : ISimd<TAny>
        where TAny : unmanaged
    {
        var length = cache.Shape.HeadLength;
        for (; d + TLanes.Lanes <= length; d += TLanes.Lanes)
        {
            var sum = TLanes.Broadcast(0f);
            for (var p = 0; p < count; p++)
            {
                var value = Lanes<TLanes, TAny>.LoadFloats(values + (p * length) + d);
                sum = TLanes.MultiplyAdd(TLanes.Broadcast(weights[p]), value, sum);
            }

            TLanes.Store(output + d, sum);
        }

        return d;
    }

    /// <summary>Rescales both states to the larger maximum and adds them; <paramref name="output"/> holds the result.</summary>
    private SoftmaxState Merge(SoftmaxState state, float* output, SoftmaxState next, float* nextOutput)
    {
        var maximum = next.Maximum > state.Maximum ? next.Maximum : state.Maximum;
        var keep = Exp(state.Maximum - maximum);
        var add = Exp(next.Maximum - maximum);
        var d = Rescale<TSimd, TRegister>(output, keep, nextOutput, add, 0);
        Rescale<Scalar, int>(output, keep, nextOutput, add, d);
        return new SoftmaxState(maximum, MathF.FusedMultiplyAdd(next.Sum, add, state.Sum * keep));
    }

    private int Rescale<TLanes, TAny>(float* output, float keep, float* nextOutput, float add, int d)
        where TLanes : ISimd<TAny>
        where TAny : unmanaged
    {
        for (; d + TLanes.Lanes <= cache.Shape.HeadLength; d += TLanes.Lanes)
        {
            var kept = TLanes.Multiply(TLanes.Load(output + d), TLanes.Broadcast(keep));
            TLanes.Store(output + d, TLanes.MultiplyAdd(TLanes.Load(nextOutput + d), TLanes.Broadcast(add), kept));
        }

        return d;
    }

    private int Divide<TLanes, TAny>(float* output, float sum, int d)
        where TLanes : ISimd<TAny>
        where TAny : unmanaged
    {
        for (; d + TLanes.Lanes <= cache.Shape.HeadLength; d += TLanes.Lanes)
        {
            TLanes.Store(output + d, TLanes.Divide(TLanes.Load(output + d), TLanes.Broadcast(sum)));
        }

        return d;
    }

    private static float Exp(float x) =>
        BitConverter.Int32BitsToSingle(Lanes<Scalar, int>.Exp(BitConverter.SingleToInt32Bits(x)));
}
