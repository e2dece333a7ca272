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
        for (var width = Count / 2; width > 0; width /= 2)
        {
            for (var i = 0; i < width; i++)
            {
                sums[i] += sums[i + width];
            }
        }

        return sums[0];
    }
}
