using ILGPU;

namespace AiKernels.Gpu.Kernels.Device;

/// <summary>The 16 partial sums of docs/ARITHMETIC.md and the tree that adds them up.</summary>
internal static class PartialSums
{
    /// <summary>How many there are.</summary>
    public const int Count = 16;

    /// <summary>i with i + 8, then i + 4, i + 2, i + 1. Every thread that asks computes it for itself.</summary>
    public static float Tree(ArrayView<float> partial)
    {
        var first = Four(partial, 0, 4);
        var second = Four(partial, 2, 6);
        var third = Four(partial, 1, 5);
        var fourth = Four(partial, 3, 7);
        return DeviceMath.Add(DeviceMath.Add(first, second), DeviceMath.Add(third, fourth));
    }

    private static float Four(ArrayView<float> partial, int i, int j) => DeviceMath.Add(
        DeviceMath.Add(partial[i], partial[i + 8]), DeviceMath.Add(partial[j], partial[j + 8]));
}
