using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;

namespace AiKernels.Cpu;

/// <summary>
/// Attention over some positions, for some rows: each has m, its largest score; l, the sum of exp(score - m); and the
/// channels o, the sum of exp(score - m) v. States of neighbouring positions merge into one; o / l is the attention.
/// Source: the online softmax of arXiv:1805.02867.
/// </summary>
internal readonly unsafe struct SoftmaxStates(float* maxima, float* sums, float* outputs, int width)
{
    private const int Padding = PartialSums.Count;

    /// <summary>m [rows], with room for a register more.</summary>
    public readonly float* Maxima = maxima;

    /// <summary>l [rows], with room for a register more.</summary>
    public readonly float* Sums = sums;

    /// <summary>o [rows, width].</summary>
    public readonly float* Outputs = outputs;

    /// <summary>Channels, padded.</summary>
    public readonly int Width = width;

    /// <summary>Floats that so many states take.</summary>
    public static long Floats(int rows, int width) => (2L * (rows + Padding)) + ((long)rows * width);

    public static SoftmaxStates Place(float* memory, int rows, int width)
    {
        var sums = memory + rows + Padding;
        return new SoftmaxStates(memory, sums, sums + rows + Padding, width);
    }

    public SoftmaxStates From(int row) => new(Maxima + row, Sums + row, Outputs + ((long)row * Width), Width);

    /// <summary>
    /// Joins m and l of the next positions' states to these, in place, and leaves there what the outputs are yet to be
    /// multiplied with: these states' with the next ones' <see cref="Maxima"/>, the next ones' with their <see cref="Sums"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Join<TSimd, TRegister>(SoftmaxStates next, int rows)
        where TSimd : ISimd<TRegister>
        where TRegister : unmanaged
    {
        for (var row = 0; row < rows; row += TSimd.Lanes)
        {
            TRegister old = TSimd.Load(Maxima + row), other = TSimd.Load(next.Maxima + row);
            var maximum = TSimd.SelectGreater(other, old, other, old);
            var kept = Lanes<TSimd, TRegister>.Exp(TSimd.Subtract(old, maximum));
            var added = Lanes<TSimd, TRegister>.Exp(TSimd.Subtract(other, maximum));
            var sum = TSimd.Multiply(TSimd.Load(Sums + row), kept);
            TSimd.Store(Maxima + row, maximum);
            TSimd.Store(Sums + row, TSimd.MultiplyAdd(TSimd.Load(next.Sums + row), added, sum));
            TSimd.Store(next.Maxima + row, kept);
            TSimd.Store(next.Sums + row, added);
        }
    }

    /// <summary>Rescales these states and the next positions' to the larger maximum and adds them up, in place.</summary>
    public void Merge<TSimd, TRegister>(SoftmaxStates next, int rows)
        where TSimd : ISimd<TRegister>
        where TRegister : unmanaged
    {
        Join<TSimd, TRegister>(next, rows);
        for (var row = 0; row < rows; row++)
        {
            var offset = (long)row * Width;
            Rescale<TSimd, TRegister>(Outputs + offset, next.Maxima[row], next.Outputs + offset, next.Sums[row], Width);
        }
    }

    /// <summary>o = fma(next, add, o * keep).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rescale<TSimd, TRegister>(float* output, float keep, float* next, float add, int width)
        where TSimd : ISimd<TRegister>
        where TRegister : unmanaged
    {
        TRegister kept = TSimd.Broadcast(keep), added = TSimd.Broadcast(add);
        for (var d = 0; d < width; d += TSimd.Lanes)
        {
            var old = TSimd.Multiply(TSimd.Load(output + d), kept);
            TSimd.Store(output + d, TSimd.MultiplyAdd(TSimd.Load(next + d), added, old));
        }
    }
}
