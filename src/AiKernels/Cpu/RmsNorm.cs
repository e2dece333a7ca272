using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;
using AiKernels.Cpu.Threads;

namespace AiKernels.Cpu;

/// <summary>y = x / sqrt(mean(x^2) + epsilon) * gain, over every D channels of a row. An item is a row.</summary>
internal readonly unsafe struct RmsNorm<TSimd, TRegister>(Matrix x, Matrix gain, float epsilon, Matrix y) : IWork
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private readonly int _length = gain.Columns;

    public void Run(int item)
    {
        for (var start = 0; start < x.Columns; start += _length)
        {
            Normalize(x.Row(item) + start, y.Row(item) + start);
        }
    }

    private void Normalize(float* source, float* destination)
    {
        var inverse = 1 / MathF.Sqrt((SumOfSquares(source) / _length) + epsilon);
        var i = Scale<TSimd, TRegister>(source, destination, inverse, 0);
        Scale<Scalar, int>(source, destination, inverse, i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Scale<TLanes, TAny>(float* source, float* destination, float inverse, int i)
        where TLanes : ISimd<TAny>
        where TAny : unmanaged
    {
        for (; i + TLanes.Lanes <= _length; i += TLanes.Lanes)
        {
            var normalized = TLanes.Multiply(TLanes.Load(source + i), TLanes.Broadcast(inverse));
            TLanes.Store(destination + i, TLanes.Multiply(normalized, TLanes.Load(gain.Data + i)));
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float SumOfSquares(float* source)
    {
        var sums = stackalloc float[PartialSums.Count];
        var whole = _length - (_length % PartialSums.Count);
        for (var first = 0; first < PartialSums.Count; first += TSimd.Lanes)
        {
            var sum = TSimd.Broadcast(0f);
            for (var i = first; i < whole; i += PartialSums.Count)
            {
                var value = TSimd.Load(source + i);
                sum = TSimd.MultiplyAdd(value, value, sum);
            }

            TSimd.Store(sums + first, sum);
        }

        for (var i = whole; i < _length; i++)
        {
            sums[i - whole] = MathF.FusedMultiplyAdd(source[i], source[i], sums[i - whole]);
        }

        return PartialSums.Tree(sums);
    }
}
