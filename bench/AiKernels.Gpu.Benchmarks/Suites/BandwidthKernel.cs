using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Benchmarks.Suites;

/// <summary>Reads memory and does nothing with it.</summary>
internal static class BandwidthKernel
{
    /// <summary>Loads of a thread that are on their way together.</summary>
    public const int Loads = 4;

    // No xor of what the memory holds, which is one word everywhere.
    private const int Never = 0x2545_F491;

    /// <summary>All threads of the grid walk through x side by side; it is as long as a whole number of their steps.</summary>
    public static void Read(ArrayView<Int4> x, ArrayView<int> y)
    {
        long threads = Grid.DimX * Group.DimX;
        var sum = 0;
        for (var i = (long)((Grid.IdxX * Group.DimX) + Group.IdxX); i + ((Loads - 1) * threads) < x.Length; i += Loads * threads)
        {
            var a = x[i];
            var b = x[i + threads];
            var c = x[i + (2 * threads)];
            var d = x[i + (3 * threads)];
            sum ^= a.X ^ b.Y ^ c.Z ^ d.W;
            sum ^= a.Y ^ b.Z ^ c.W ^ d.X;
            sum ^= a.Z ^ b.W ^ c.X ^ d.Y;
            sum ^= a.W ^ b.X ^ c.Y ^ d.Z;
        }

        if (sum == Never)
        {
            y[0] = sum; // Otherwise nothing would have to be loaded.
        }
    }
}
