using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AiKernels.Cpu.Simd;

/// <summary>
/// The one kind of sum that is split: 16 partial sums, element i in sum i mod 16, and then a fixed tree. Norms and
/// softmax have a single output for a whole row, so no lane could own one.
/// </summary>
internal static unsafe class PartialSums
{
    public const int Count = 16;

    /// <summary>Adds sums i and i + 8, then i and i + 4, i + 2, i + 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Tree(float* sums)
    {
        var (low, high) = (Vector128.Load(sums) + Vector128.Load(sums + 8), Vector128.Load(sums + 4) + Vector128.Load(sums + 12));
        var four = low + high;
        var two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return two[0] + two[1];
    }
}
