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
    public static float Tree(float* sums)
    {
        var eight = Vector256.Load(sums) + Vector256.Load(sums + 8);
        var four = eight.GetLower() + eight.GetUpper();
        var two = four.GetLower() + four.GetUpper();
        return two[0] + two[1];
    }
}
