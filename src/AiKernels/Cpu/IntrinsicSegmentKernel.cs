using System.Runtime.CompilerServices;
using AiKernels.Cache;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <inheritdoc/>
internal sealed unsafe class IntrinsicSegmentKernel<TSimd, TRegister> : SegmentKernel
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    public override void Multiply(float* a, int stride, int rows, float* b, int columns, int depth, float* c)
    {
        var row = 0;
        for (; row + 4 <= rows; row += 4, a += 4 * stride, c += 4 * columns)
        {
            MultiplyRows<FourTokens<TRegister>>(a, stride, b, columns, depth, c);
        }

        for (; row < rows; row++, a += stride, c += columns)
        {
            MultiplyRows<OneToken<TRegister>>(a, stride, b, columns, depth, c);
        }
    }

    public override void MultiplyAndMerge(
        float* a, int stride, int rows, float* b, int columns, int depth, float* keep, float* add, float* c)
    {
        var product = stackalloc float[4 * columns];
        for (var row = 0; row < rows; row += 4)
        {
            var count = Math.Min(4, rows - row);
            Multiply(a + ((long)row * stride), stride, count, b, columns, depth, product);
            for (var i = row; i < row + count; i++, c += columns)
            {
                SoftmaxStates.Rescale<TSimd, TRegister>(c, keep[i], product + ((i - row) * columns), add[i], columns);
            }
        }
    }

    public override void Softmax(float* scores, int rows, float scale, float* maxima, float* sums)
    {
        for (var row = 0; row < rows; row++, scores += KeyValueShape.SegmentLength)
        {
            SegmentSoftmax<TSimd, TRegister>.Run(scores, KeyValueShape.SegmentLength, scale, out maxima[row], out sums[row]);
        }
    }

    public override void Widen(int exponentBits, ushort* numbers, float* floats, int count, void* next)
    {
        if (exponentBits == F16.ExponentBits)
        {
            Widen((F16*)numbers, floats, count);
        }
        else
        {
            Widen((BF16*)numbers, floats, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen<TElement>(TElement* elements, float* floats, int count)
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        for (var i = 0; i < count; i += TSimd.Lanes)
        {
            TSimd.Store(floats + i, Lanes<TSimd, TRegister>.LoadFloats(elements + i));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRows<TTile>(float* a, int stride, float* b, int columns, int depth, float* c)
        where TTile : unmanaged, ITokenTile<TTile, TRegister>
    {
        for (var column = 0; column < columns; column += TSimd.Lanes)
        {
            var sum = default(TTile);
            for (var k = 0; k < depth; k++)
            {
                sum = TTile.MultiplyAdd<TSimd>(sum, TSimd.Load(b + ((long)k * columns) + column), a + k, stride);
            }

            TTile.Store<TSimd>(sum, c + column, columns);
        }
    }
}
