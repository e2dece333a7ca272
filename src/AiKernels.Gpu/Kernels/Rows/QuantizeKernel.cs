using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Rows;

/// <summary>
/// t = amax / 127, a[i] = round-half-even(x[i] * (127 / amax)), per block, and the sums of 16 codes. A thread has four
/// numbers; a group of <see cref="Threads"/> has 256, and grid rows are tokens.
/// </summary>
internal static class QuantizeKernel
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 64;

    /// <summary>Numbers of a thread.</summary>
    public const int PerThread = 4;

    private const int FourSums = 4 * QuantizedRows.SumLength / PerThread; // Threads that four sums are of.
    private const int Magnitude = 0x7FFF_FFFF, Infinity = 0x7F80_0000;

    public static void Run(DeviceMatrix x, QuantizedRows y)
    {
        var maxima = SharedMemory.Allocate<int>(Threads);
        var sums = SharedMemory.Allocate<int>(Threads);
        Word(x, y, Grid.IdxY, (Grid.IdxX * Threads) + Group.IdxX, maxima, sums);
    }

    /// <summary>A thread's numbers of a row; all threads of a group take part, neighbours in neighbouring words.</summary>
    public static void Word(DeviceMatrix x, QuantizedRows y, int row, int word, ArrayView<int> maxima, ArrayView<int> sums)
    {
        var (thread, column) = (Group.IdxX, word * PerThread);
        var exists = column < y.Columns;
        float a = 0, b = 0, c = 0, d = 0;
        if (exists)
        {
            (a, b, c, d) = (x[row, column], x[row, column + 1], x[row, column + 2], x[row, column + 3]);
        }

        // Without its sign bit a float orders like its bits, and NaN comes out on top.
        maxima[thread] = IntrinsicMath.Max(IntrinsicMath.Max(Bits(a), Bits(b)), IntrinsicMath.Max(Bits(c), Bits(d)));
        Group.Barrier();
        var (threads, largestBits) = (y.BlockLength / PerThread, 0);
        var firstThread = thread & -threads;
        for (var i = firstThread; i < firstThread + threads; i++)
        {
            largestBits = IntrinsicMath.Max(largestBits, maxima[i]);
        }

        var largest = Interop.IntAsFloat((uint)largestBits);
        var inverse = 127 / largest;
        var usable = largestBits < Infinity && Bits(inverse) < Infinity;
        int e = Code(a, inverse, usable), f = Code(b, inverse, usable), g = Code(c, inverse, usable), h = Code(d, inverse, usable);
        sums[thread] = e + f + g + h;
        Group.Barrier();
        if (!exists)
        {
            return;
        }

        y.Codes(row, word) = DeviceMath.Bytes(e, f, g, h);
        if (thread == firstThread)
        {
            y.Scale(row, column >> y.BlockBits) = largest / 127;
        }

        if ((thread & (FourSums - 1)) == 0)
        {
            y.PutSums(row, word / FourSums, Sum(sums, thread), Sum(sums, thread + 4), Sum(sums, thread + 8), Sum(sums, thread + 12));
        }
    }

    /// <summary>Four threads' sum.</summary>
    private static int Sum(ArrayView<int> sums, int thread) => sums[thread] + sums[thread + 1] + sums[thread + 2] + sums[thread + 3];

    private static int Bits(float x) => (int)Interop.FloatAsInt(x) & Magnitude;

    private static int Code(float x, float inverse, bool usable) =>
        usable ? (int)DeviceMath.Round(DeviceMath.Multiply(x, inverse)) : 0;
}
