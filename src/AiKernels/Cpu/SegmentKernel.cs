namespace AiKernels.Cpu;

/// <summary>What attention does with a segment's floats once they are in the cache.</summary>
internal abstract unsafe class SegmentKernel
{
    /// <summary>Columns come in multiples of this: the widest block of registers.</summary>
    public const int ColumnBlock = 64;

    /// <summary>Numbers of 16 bits of a cache line.</summary>
    public const int WidenBlock = 32;

    /// <summary>
    /// a [rows, depth], b [depth, columns] -> c [rows, columns]: c = fma(a[k], b[k], c) from 0, k ascending. Rows of b
    /// and c follow each other; <paramref name="stride"/> is the distance between rows of a.
    /// </summary>
    public abstract void Multiply(float* a, int stride, int rows, float* b, int columns, int depth, float* c);

    /// <summary>
    /// The same product joins what stands in c: c = fma(product, add[row], c * keep[row]).
    /// </summary>
    public abstract void MultiplyAndMerge(
        float* a, int stride, int rows, float* b, int columns, int depth, float* keep, float* add, float* c);

    /// <summary>
    /// Sums q k^T [rows][64] become weights exp(score - m); m and the weights' sum go to <paramref name="maxima"/> and
    /// <paramref name="sums"/>. See <see cref="SegmentSoftmax{TSimd, TRegister}"/>.
    /// </summary>
    public abstract void Softmax(float* scores, int rows, float scale, float* maxima, float* sums);

    /// <summary>
    /// Numbers of 16 bits as floats, exactly: of a format with 5 or 8 bits of exponent, that is F16 or BF16;
    /// <paramref name="count"/> is a multiple of <see cref="WidenBlock"/>. What is as long and begins at
    /// <paramref name="next"/> may be fetched from memory meanwhile.
    /// </summary>
    public abstract void Widen(int exponentBits, ushort* numbers, float* floats, int count, void* next);

    /// <summary>The columns that so many take up.</summary>
    public static int Padded(int columns) => (columns + ColumnBlock - 1) / ColumnBlock * ColumnBlock;
}
